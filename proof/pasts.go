package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/media"
)

// pasts are the histories that the phones tell after a pairing, to each account its own with people of its own.
type pasts struct {
	chats, each int
	newest      time.Time
	files       *media.Store

	mu  sync.Mutex
	err error
}

// of is the past of an account.
func (p *pasts) of(phone string) history.Plan {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(phone))
	own := int(sum.Sum32()%90_000) * 1000
	return history.Plan{Seed: uint64(own), Chats: p.chats, Messages: p.each, ChunkChats: p.chats / 4, Newest: p.newest, With: func(chat int) history.Party {
		return history.Party{Phone: fmt.Sprint(6287_00000000 + own + chat), LID: fmt.Sprint(870000000000000 + own + chat), Name: fmt.Sprint("Pelanggan ", chat)}
	}}
}

// parts is how many pieces of each past travel through the media store: all but the first.
func (p *pasts) parts() int { return len(p.of("").Parts()) - 1 }

// tell is a hook of the simulator.
func (p *pasts) tell(ctx context.Context, acc *sim.Account, c sim.Companion) {
	if err := p.of(acc.Phone()).Send(ctx, acc, c.Device, p.files); err != nil && ctx.Err() == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.err = fmt.Errorf("the past of %s could not be told: %w", acc.Phone(), err)
	}
}

func (p *pasts) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// told is the past of an account as a person should see it: the texts by the phone of the other, each message once, the
// oldest first.
func (p *pasts) told(phone string) (map[string][]string, error) {
	type said struct {
		at   uint64
		text string
	}
	known, all := map[string]bool{}, map[string][]said{}
	for _, part := range p.of(phone).Parts() {
		var raw bytes.Buffer
		if _, err := part.WriteTo(&raw); err != nil {
			return nil, err
		}
		h := &waHistorySync.HistorySync{}
		if err := proto.Unmarshal(raw.Bytes(), h); err != nil {
			return nil, err
		}
		for _, chat := range h.GetConversations() {
			other := "+" + chat.GetPnJID()[:len(chat.GetPnJID())-len("@s.whatsapp.net")]
			for _, m := range chat.GetMessages() {
				if id := m.GetMessage().GetKey().GetID(); !known[id] {
					known[id] = true
					all[other] = append(all[other], said{m.GetMessage().GetMessageTimestamp(), m.GetMessage().GetMessage().GetConversation()})
				}
			}
		}
	}
	out := map[string][]string{}
	for other, chat := range all {
		slices.SortFunc(chat, func(a, b said) int { return int(a.at) - int(b.at) })
		for _, m := range chat {
			out[other] = append(out[other], m.text)
		}
	}
	return out, nil
}
