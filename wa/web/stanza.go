package web

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/binary/token"
)

// whatsmeow decodes what WhatsApp's server sends without expecting mistakes: a frame without a byte, a tag that is no text, an
// address whose user is an address, a packed text of minus one letter each end the process, and all numbers with it; a frame that
// inflates or nests without end does so by memory. So each frame is looked through before, as whatsmeow's binary/decoder.go
// reads it.
const (
	largestStanza = 32 << 20 // inflated
	mostNodes     = 200_000
	deepest       = 64
)

var errStanza = errors.New("the frame holds no stanza")

// checkStanza reports whether whatsmeow can decode a frame and handle what is in it.
func checkStanza(frame []byte) error {
	if len(frame) == 0 {
		return fmt.Errorf("%w: it is empty", errStanza)
	}
	data := frame[1:]
	if frame[0]&2 != 0 {
		var err error
		if data, err = inflate(data); err != nil {
			return fmt.Errorf("%w: %w", errStanza, err)
		}
	}
	s := stanza{data: data}
	s.root()
	switch {
	case s.wrong != "":
		return fmt.Errorf("%w: %s", errStanza, s.wrong)
	case s.at != len(s.data):
		return fmt.Errorf("%w: there is something behind it", errStanza)
	}
	return nil
}

func inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, largestStanza+1))
	if err == nil && len(out) > largestStanza {
		err = errors.New("it is too large")
	}
	return out, err
}

// stanza goes once over binary XML and keeps nothing of it.
type stanza struct {
	data  []byte
	at    int
	nodes int
	wrong string // what is, if something
}

// kind is what a value is.
type kind int

const (
	isNothing kind = iota
	isText
	isBytes // or a text, as the reader likes
	isAddress
	isList
)

func (s *stanza) fail(why string) kind {
	if s.wrong == "" {
		s.wrong = why
	}
	s.at = len(s.data)
	return isNothing
}

// number reads a big-endian number of n bytes.
func (s *stanza) number(n int) (v int) {
	if s.at+n > len(s.data) {
		s.fail("it is cut off")
		return 0
	}
	for _, b := range s.data[s.at : s.at+n] {
		v = v<<8 | int(b)
	}
	s.at += n
	return v
}

func (s *stanza) skip(n int) {
	if n > len(s.data)-s.at {
		s.fail("it is cut off")
		return
	}
	s.at += n
}

// root reads the stanza itself. whatsmeow takes the id of a question for a text without looking (pair.go).
func (s *stanza) root() {
	size := s.size(s.number(1))
	tag, id := s.word(), isNothing
	for i := 0; i < (size-1)>>1 && s.wrong == ""; i++ {
		key, k := s.word(), s.value(0)
		if key == "id" {
			id = k
		}
	}
	if tag == "iq" && id != isText && id != isBytes {
		s.fail("its id is no text")
	}
	s.finish(size, tag != "", 0)
}

func (s *stanza) node(depth int) {
	if s.nodes++; s.nodes > mostNodes || depth > deepest {
		s.fail("it is too large")
		return
	}
	size := s.size(s.number(1))
	named := s.named(depth)
	for i := 0; i < (size-1)>>1 && s.wrong == ""; i++ {
		s.named(depth)
		s.value(depth)
	}
	s.finish(size, named, depth)
}

// finish reads what stands behind the attributes of a node.
func (s *stanza) finish(size int, named bool, depth int) {
	switch {
	case s.wrong != "":
	case size == 0 || !named:
		s.fail("a node without a name")
	case size%2 == 0:
		s.value(depth)
	}
}

// size is how many values a list of this tag says it has.
func (s *stanza) size(tag int) int {
	switch tag {
	case token.ListEmpty:
		return 0
	case token.List8:
		return s.number(1)
	case token.List16:
		return s.number(2)
	}
	s.fail("a list that is none")
	return 0
}

// named passes a value that must be a text.
func (s *stanza) named(depth int) bool {
	k := s.value(depth)
	if s.wrong == "" && k != isText && k != isBytes {
		s.fail("a name that is no text")
	}
	return s.wrong == ""
}

// word reads a name where it matters which; one that is not from WhatsApp's dictionary is "?".
func (s *stanza) word() string {
	at := s.at
	if !s.named(0) {
		return ""
	}
	tag := int(s.data[at])
	switch {
	case tag < len(token.SingleByteTokens) && tag > 0:
		return token.SingleByteTokens[tag]
	case tag == token.Binary8:
		return string(s.data[at+2 : s.at])
	}
	return "?"
}

func (s *stanza) value(depth int) kind {
	switch tag := s.number(1); tag {
	case token.ListEmpty:
		return isNothing
	case token.List8, token.List16:
		for range s.size(tag) {
			if s.node(depth + 1); s.wrong != "" {
				break
			}
		}
		return isList
	case token.Binary8:
		s.skip(s.number(1))
		return isBytes
	case token.Binary20:
		s.skip(s.number(3) & 0xfffff)
		return isBytes
	case token.Binary32:
		s.skip(s.number(4))
		return isBytes
	case token.Dictionary0, token.Dictionary1, token.Dictionary2, token.Dictionary3:
		if _, err := token.GetDoubleToken(tag-token.Dictionary0, s.number(1)); err != nil {
			return s.fail("a word that nobody knows")
		}
		return isText
	case token.Nibble8, token.Hex8:
		return s.packed()
	case token.JIDPair, token.FBJID, token.InteropJID, token.ADJID:
		return s.address(tag, depth)
	default:
		if tag >= len(token.SingleByteTokens) {
			return s.fail("a word that nobody knows")
		}
		return isText
	}
}

// packed passes digits, two in a byte. What they are is the decoder's, which refuses wrong ones by itself.
func (s *stanza) packed() kind {
	head := s.number(1)
	if head == 0x80 {
		return s.fail("a text shorter than nothing")
	}
	s.skip(head & 0x7f)
	return isText
}

// address passes a JID. Only that of a pair may be without a user.
func (s *stanza) address(tag, depth int) kind {
	if depth > deepest {
		return s.fail("it is too deep")
	}
	if tag == token.ADJID {
		s.skip(2)
	}
	user := s.value(depth + 1)
	if user != isText && user != isBytes && (tag != token.JIDPair || user != isNothing) {
		return s.fail("an address of nobody")
	}
	switch tag {
	case token.FBJID:
		s.skip(2)
	case token.InteropJID:
		s.skip(4)
	}
	if server := s.value; tag != token.ADJID {
		if k := server(depth + 1); k != isText && k != isBytes {
			return s.fail("an address of nowhere")
		}
	}
	return isAddress
}
