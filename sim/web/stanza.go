package web

import (
	"maps"
	"strconv"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// node makes a stanza; content is nil, []byte or children.
func node(tag string, attrs bin.Attrs, children ...bin.Node) bin.Node {
	n := bin.Node{Tag: tag, Attrs: attrs}
	if len(children) > 0 {
		n.Content = children
	}
	return n
}

// blob makes a node with bytes in it. Content that whatsmeow expects as bytes must not be
// a Go string: the encoder could write that as a token or as digits (seen).
func blob(tag string, data []byte) bin.Node { return bin.Node{Tag: tag, Content: data} }

// attr returns an attribute as text, whatever it was decoded to.
func attr(n *bin.Node, key string) string {
	switch v := n.Attrs[key].(type) {
	case string:
		return v
	case types.JID:
		return v.String()
	}
	return ""
}

// attrJID returns an attribute as a JID; other clients write some as text.
func attrJID(n *bin.Node, key string) types.JID {
	switch v := n.Attrs[key].(type) {
	case types.JID:
		return v
	case string:
		if jid, err := types.ParseJID(v); err == nil {
			return jid
		}
	}
	return types.EmptyJID
}

// content returns a node's content as bytes: the decoder gives tokens and packed digits
// as strings.
func content(n bin.Node) []byte {
	switch v := n.Content.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// with returns a copy of n with one more attribute; nodes are shared between connections
// and must not be changed.
func with(n bin.Node, key string, value any) bin.Node {
	n.Attrs = maps.Clone(n.Attrs)
	n.Attrs[key] = value
	return n
}

// first returns the first child, or an empty node.
func first(n *bin.Node) bin.Node {
	if c := n.GetChildren(); len(c) > 0 {
		return c[0]
	}
	return bin.Node{}
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// children returns the children of the child with a tag. GetChildByTag alone would give
// the node itself when there is none.
func children(n bin.Node, tag string) []bin.Node {
	child, ok := n.GetOptionalChildByTag(tag)
	if !ok {
		return nil
	}
	return child.GetChildren()
}
