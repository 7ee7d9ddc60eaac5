// Package history invents the past that a simulated phone hands to a new companion: chats
// of a chosen number and size, in Indonesian and English, the same for the same plan.
//
// It is for testing what a client does with a history: many chats, large parts, parts that
// overlap, numbers and hidden ids in both forms. It is not an archive: what it invents was
// never sent through the network and is not in the ledger.
//
// Invariants: a part is written as a stream, chat after chat, so that a history of hundreds
// of megabytes costs the memory of one chat; the same plan writes the same bytes.
//
// The order and kinds of the parts follow docs/protocol/media-and-history.md.
package history

import (
	"io"
	"time"

	"go.mau.fi/whatsmeow/proto/waHistorySync"

	"github.com/sapa-chat/sapa/sim/people"
)

// Plan says how large the past is. The zero value is an empty past, which is still announced.
type Plan struct {
	// Seed chooses names and texts.
	Seed uint64
	// Chats is how many people wrote, Messages how many messages each chat has.
	Chats, Messages int
	// TextBytes makes every text at least so long, for histories of a wanted size; 0 leaves them natural (about 40 bytes).
	TextBytes int
	// ChunkChats is how many chats go into one part; 0 is 500.
	ChunkChats int
	// Newest is the time of the newest message; older ones lie an hour apart in each chat. Zero is the Unix epoch plus
	// 55 years, so that a plan without a clock is repeatable.
	Newest time.Time
	// With names the other side of a chat. Nil takes LIDs and numbers of its own (628700000000 and up) that no contact has.
	With func(chat int) Party
}

// Party is a person in a chat.
type Party struct {
	Phone string // digits only
	LID   string // user part
	Name  string
}

// Part is one piece of the past, announced by one message to the companion.
type Part struct {
	Type     waHistorySync.HistorySync_HistorySyncType
	Order    uint32    // within the type, from 1
	Progress uint32    // percent of the whole after this part
	Oldest   time.Time // the oldest message in it, zero without messages
	Inline   bool      // small enough to travel inside the message
	plan     Plan
	chats    [2]int // from, to
	messages [2]int // from, to within each chat; 0 is the oldest
}

// Parts lists the pieces in the order in which a phone sends them: the newest message of every recent chat inline, the names, the
// newer half (which repeats the newest message, as a client must expect), then the rest.
func (p Plan) Parts() []Part {
	parts := []Part{p.part(waHistorySync.HistorySync_INITIAL_BOOTSTRAP, 1, [2]int{0, min(p.Chats, bootstrapChats)}, [2]int{max(p.Messages-1, 0), p.Messages})}
	parts[0].Inline = true
	if p.Chats > 0 {
		parts = append(parts, p.part(waHistorySync.HistorySync_PUSH_NAME, 1, [2]int{0, p.Chats}, [2]int{}))
	}
	half := p.Messages / 2
	parts = append(parts, p.chunks(waHistorySync.HistorySync_RECENT, [2]int{half, p.Messages})...)
	parts = append(parts, p.chunks(waHistorySync.HistorySync_FULL, [2]int{0, half})...)
	for i := range parts {
		parts[i].Progress = uint32(100 * (i + 1) / len(parts))
	}
	return parts
}

// bootstrapChats keeps the inline part small.
const bootstrapChats = 50

func (p Plan) chunks(kind waHistorySync.HistorySync_HistorySyncType, messages [2]int) (parts []Part) {
	size := p.ChunkChats
	if size <= 0 {
		size = 500
	}
	for from := 0; from < p.Chats && messages[0] < messages[1]; from += size {
		order := uint32(len(parts) + 1)
		parts = append(parts, p.part(kind, order, [2]int{from, min(from+size, p.Chats)}, messages))
	}
	return parts
}

func (p Plan) part(kind waHistorySync.HistorySync_HistorySyncType, order uint32, chats, messages [2]int) Part {
	part := Part{Type: kind, Order: order, plan: p, chats: chats, messages: messages}
	if chats[0] < chats[1] && messages[0] < messages[1] {
		part.Oldest = p.when(chats[1]-1, messages[0])
	}
	return part
}

// when spreads the messages: an hour between two of a chat, and each chat a minute older than the one before.
func (p Plan) when(chat, message int) time.Time {
	newest := p.Newest
	if newest.IsZero() {
		newest = time.Unix(55*365*24*3600, 0)
	}
	back := time.Duration(p.Messages-1-message)*time.Hour + time.Duration(chat)*time.Minute
	return newest.Add(-back).Truncate(time.Second)
}

func (p Plan) with(chat int) Party {
	if p.With != nil {
		return p.With(chat)
	}
	return Party{Phone: number(628700000000 + chat), LID: number(870000000000000 + chat), Name: people.Of(p.Seed, chat).Name}
}

// WriteTo writes the part as the protobuf HistorySync, uncompressed, chat after chat.
func (part Part) WriteTo(w io.Writer) (int64, error) {
	out := &counter{to: w}
	if err := part.writeHead(out); err != nil {
		return out.n, err
	}
	for chat := part.chats[0]; chat < part.chats[1]; chat++ {
		if err := part.writeChat(out, chat); err != nil {
			return out.n, err
		}
	}
	return out.n, nil
}

type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
