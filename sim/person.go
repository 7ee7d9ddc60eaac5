package sim

import (
	"context"
	"sync"

	bin "go.mau.fi/whatsmeow/binary"

	"github.com/sapa-chat/sapa/sim/phone"
	"github.com/sapa-chat/sapa/sim/web"
)

// keepInbox is how many messages a person remembers, keepSent how many it can send again
// when a retry receipt asks.
const (
	keepInbox = 1000
	keepSent  = 64
)

// person is a phone number with a phone: a contact, or with isAccount an account. What
// arrives is handled one by one on a goroutine that exists only while there is work, so
// that ten thousand idle people cost no goroutines.
type person struct {
	net      *Network
	user     *web.User
	endpoint *phone.Endpoint
	contact  Contact
	account  Account

	writing sync.Mutex // keeps what is encrypted and what is sent in the same order

	mu        sync.Mutex
	isAccount bool
	mailbox   []bin.Node
	busy      bool
	changed   chan struct{}
	behaviour *Behaviour
	ignored   map[string]bool
	inbox     []received
	seen      map[messageKey]bool
	sent      []sentMessage
	receipts  map[string][]string // kinds by message id
	typing    map[string]bool     // who shows "typing" to this person
	retries   map[messageKey]int
	reports   int
	passkey   Passkey
	keys      *phone.AppStateKeys
}

type received struct {
	Incoming
	taken bool
}

// sentMessage is kept for retries.
type sentMessage struct {
	id    string
	to    *person
	kind  string
	plain []byte // for the recipient's devices
	own   []byte // for the own companions
}

func (p *person) number() string { return p.user.PN.User }

func (p *person) linked() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isAccount
}

// Bundle implements web.Primary.
func (p *person) Bundle() web.Bundle { return p.endpoint.Bundle() }

// Receive implements web.Primary.
func (p *person) Receive(n bin.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.Tag == "message" && p.isAccount && p.net.BlindPhones {
		return
	}
	p.mailbox = append(p.mailbox, n)
	if !p.busy {
		p.busy = true
		p.net.srv().Go(p.work)
	}
}

// work handles the mailbox until it is empty.
func (p *person) work(ctx context.Context) {
	for {
		p.mu.Lock()
		batch := p.mailbox
		p.mailbox = nil
		if len(batch) == 0 || ctx.Err() != nil {
			p.busy = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		for i := range batch {
			p.handle(ctx, &batch[i])
		}
	}
}

func (p *person) handle(ctx context.Context, n *bin.Node) {
	switch n.Tag {
	case "message":
		p.message(ctx, n)
	case "receipt":
		p.receipt(ctx, n)
	case "chatstate":
		p.chatState(n)
	}
}

// news wakes those who wait for something; the caller holds p.mu.
func (p *person) news() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// await runs look until it reports true or ctx ends. look runs with p.mu held.
func (p *person) await(ctx context.Context, look func() bool) error {
	for {
		p.mu.Lock()
		if look() {
			p.mu.Unlock()
			return nil
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
