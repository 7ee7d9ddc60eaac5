package web

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// What one part of a history may hold. whatsmeow's own reader inflates a part whole, without a bound.
const (
	largestInflated = 1 << 30
	largestHead     = 8 << 20 // everything but the chats, and of each chat everything but its messages
	largestMessage  = 1 << 20 // larger ones are left out
	mostChats       = 20_000  // in one part; a phone tells of some hundred
	mostFields      = 200_000 // besides the chats, such as names: two bytes can say that there is another
)

// past reads one part of a history, a zlib stream of the protobuf HistorySync, without ever holding more of it than one message.
type past struct{ compressed []byte }

// errPast means that a part cannot be read, now or later.
var errPast = errors.New("the part cannot be read")

// overview returns what we use of the part besides its messages, and of each of its chats. They may stand behind the messages:
// the fields of a protobuf message are written in the order of their numbers.
func (p past) overview() (about *waHistorySync.HistorySync, chats []*waHistorySync.Conversation, err error) {
	s, err := p.open()
	if err != nil {
		return nil, nil, err
	}
	about = &waHistorySync.HistorySync{}
	wanted := fieldsOf(about, "syncType", "pushnames", "globalSettings", "phoneNumberToLidMappings", "companionMetaNonce", "nctSalt")
	ofChat := fieldsOf(&waHistorySync.Conversation{}, "ID", "name", "pnJID", "lidJID", "tcToken", "tcTokenTimestamp", "tcTokenSenderTimestamp")
	head, err := s.fields(-1, wanted, fieldOf(about, "conversations"), func(size int64) error {
		if len(chats) == mostChats {
			return errors.New("too many chats")
		}
		chat := &waHistorySync.Conversation{}
		fields, err := s.fields(s.at+size, ofChat, 0, nil)
		if err == nil {
			err = partial.Unmarshal(fields, chat)
		}
		chats = append(chats, chat)
		return err
	})
	if err == nil {
		err = partial.Unmarshal(head, about)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errPast, err)
	}
	return about, chats, nil
}

// messages hands on every message with the place of its chat in the overview, in the order in which the phone wrote them.
func (p past) messages(visit func(chat int, m *waHistorySync.HistorySyncMsg) error) error {
	s, err := p.open()
	if err != nil {
		return err
	}
	chat, inChat := 0, fieldOf(&waHistorySync.Conversation{}, "messages")
	var stop error
	_, err = s.fields(-1, nil, fieldOf(&waHistorySync.HistorySync{}, "conversations"), func(size int64) error {
		_, err := s.fields(s.at+size, nil, inChat, func(size int64) error {
			if size > largestMessage {
				return s.skip(size)
			}
			raw, err := s.bytes(size)
			if err != nil {
				return err
			}
			m := &waHistorySync.HistorySyncMsg{}
			if partial.Unmarshal(raw, m) != nil {
				return nil // one message that is broken costs nobody the rest
			}
			stop = visit(chat, m)
			return stop
		})
		chat++
		return err
	})
	switch {
	case stop != nil:
		return stop
	case err != nil:
		return fmt.Errorf("%w: %w", errPast, err)
	}
	return nil
}

var partial = proto.UnmarshalOptions{AllowPartial: true, DiscardUnknown: true}

func fieldOf(m proto.Message, name protoreflect.Name) protowire.Number {
	return m.ProtoReflect().Descriptor().Fields().ByName(name).Number()
}

func fieldsOf(m proto.Message, names ...protoreflect.Name) map[protowire.Number]bool {
	all := make(map[protowire.Number]bool, len(names))
	for _, name := range names {
		all[fieldOf(m, name)] = true
	}
	return all
}

// stream reads protobuf fields one after the other. at counts the bytes that were read.
type stream struct {
	r  *bufio.Reader
	at int64
}

func (p past) open() (*stream, error) {
	z, err := zlib.NewReader(bytes.NewReader(p.compressed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPast, err)
	}
	return &stream{r: bufio.NewReader(io.LimitReader(z, largestInflated))}, nil
}

// ReadByte implements io.ByteReader.
func (s *stream) ReadByte() (byte, error) {
	b, err := s.r.ReadByte()
	if err == nil {
		s.at++
	}
	return b, err
}

func (s *stream) bytes(n int64) ([]byte, error) {
	b := make([]byte, n)
	read, err := io.ReadFull(s.r, b)
	s.at += int64(read)
	return b, err
}

func (s *stream) skip(n int64) error {
	read, err := io.CopyN(io.Discard, s.r, n)
	s.at += read
	return err
}

// fields reads fields up to end (-1: of the stream). Those that are wanted are returned as they were written; nested is called for
// each field of the number within, and reads its size bytes; all others are skipped.
func (s *stream) fields(end int64, wanted map[protowire.Number]bool, within protowire.Number, nested func(size int64) error) (kept []byte, err error) {
	for n := 0; end < 0 || s.at < end; {
		tag, err := binary.ReadUvarint(s)
		if err == io.EOF && end < 0 {
			return kept, nil
		} else if err != nil {
			return nil, err
		}
		number, kind := protowire.DecodeTag(tag)
		size, value, err := s.value(kind)
		switch {
		case err != nil:
			return nil, err
		case size < 0 || size > largestInflated || (end >= 0 && s.at+size > end):
			return nil, errors.New("a field is longer than what holds it")
		case number == within && kind == protowire.BytesType && nested != nil:
			err = nested(size)
		case wanted[number]:
			if n++; n > mostFields || int64(len(kept))+size > largestHead {
				return nil, errors.New("too much besides the messages")
			}
			kept, err = s.keep(protowire.AppendTag(kept, number, kind), kind, size, value)
		default:
			err = s.skip(size)
		}
		if err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// value reads what follows a tag: the size of what is still to be read, or the number itself.
func (s *stream) value(kind protowire.Type) (size int64, value uint64, err error) {
	switch kind {
	case protowire.VarintType:
		value, err = binary.ReadUvarint(s)
	case protowire.Fixed32Type:
		size = 4
	case protowire.Fixed64Type:
		size = 8
	case protowire.BytesType:
		value, err = binary.ReadUvarint(s)
		size = int64(value)
	default:
		err = fmt.Errorf("fields of wire type %d are not known", kind)
	}
	return size, value, err
}

func (s *stream) keep(kept []byte, kind protowire.Type, size int64, value uint64) ([]byte, error) {
	if kind == protowire.VarintType || kind == protowire.BytesType {
		kept = protowire.AppendVarint(kept, value)
	}
	rest, err := s.bytes(size)
	return append(kept, rest...), err
}
