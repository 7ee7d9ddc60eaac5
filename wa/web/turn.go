package web

import (
	"context"
	"sync"
)

// turns lets one decryption or one encryption at a time read and write sessions. whatsmeow reads the sessions of a send,
// encrypts, and writes them back, with nothing that keeps a decryption for the same device from doing so in between
// (whatsmeow send.go encryptMessageForDevices, message.go bufferedDecrypt). The later write would undo the earlier:
// a key is used twice and the recipient throws the message away, or the session that a contact has just begun is lost.
type turns struct{ mu sync.Mutex }

// encryption is the turn of one send: from reading the sessions until they are written.
type encryption struct {
	turns *turns
	held  bool
}

type encryptionContext struct{}

// encrypting marks a context as that of one send. The turn is given back at the latest by the function returned.
func (t *turns) encrypting(ctx context.Context) (context.Context, func()) {
	e := &encryption{turns: t}
	return context.WithValue(ctx, encryptionContext{}, e), e.end
}

func encryptionOf(ctx context.Context) *encryption {
	e, _ := ctx.Value(encryptionContext{}).(*encryption)
	return e
}

// begin waits for the turn. A send runs on one goroutine.
func (e *encryption) begin() {
	if e != nil && !e.held {
		e.turns.mu.Lock()
		e.held = true
	}
}

func (e *encryption) end() {
	if e != nil && e.held {
		e.held = false
		e.turns.mu.Unlock()
	}
}
