package e2e_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// An unmodified whatsmeow client and Sapa are linked to the same network, which runs as `sapa sim`. Whatever one can do,
// the other can, and the network's ledger is clean.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	sapa, meow := b.number(t, "6281120000001"), b.client(t, "6281120000002")
	both := []companion{sapa, meow}
	const sari = "6285720000001"

	// With a contact: text both ways, delivered and read both ways.
	for _, c := range both {
		require.NoError(t, b.net.Write(ctx, sari, c.phone(), "masih buka, kak?"))
		shows(t, c, sari, "masih buka, kak?")
		require.NoError(t, c.read(ctx, sari, "masih buka, kak?"))
		id, refused, err := c.send(ctx, sari, "masih, sampai jam 9")
		require.NoError(t, err)
		require.Empty(t, refused)
		waits(t, "delivered", func(ctx context.Context) (string, error) { return c.status(ctx, id) })
		require.NoError(t, b.net.Read(ctx, sari, c.phone()))
		waits(t, "read", func(ctx context.Context) (string, error) { return c.status(ctx, id) })
		require.NoError(t, drive.Until(ctx, func() (bool, error) {
			chat, err := b.net.Chat(ctx, sari, c.phone())
			return len(chat) == 2 && !chat[0].Delivered.IsZero() && !chat[0].Read.IsZero(), err
		}), "the contact sees that %s has read", c.phone())
		b.clean(t, sari, c.phone(), 1)
		b.clean(t, c.phone(), sari, 1)
	}

	// With each other.
	for i, c := range both {
		other, text := both[1-i], fmt.Sprint("halo, ini nomor ", i)
		id, refused, err := c.send(ctx, other.phone(), text)
		require.NoError(t, err)
		require.Empty(t, refused)
		shows(t, other, c.phone(), text)
		waits(t, "delivered", func(ctx context.Context) (string, error) { return c.status(ctx, id) })
		require.NoError(t, other.read(ctx, c.phone(), text))
		waits(t, "read", func(ctx context.Context) (string, error) { return c.status(ctx, id) })
		b.clean(t, c.phone(), other.phone(), 1)
	}
	require.Empty(t, meow.Log.Warnings(), "the quiet case is quiet")
}

// A damaged message is asked for again, whoever is the one to ask.
func TestSideBySideARetryReceipt(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	sapa, meow := b.number(t, "6281120000011"), b.client(t, "6281120000012")
	both := []companion{sapa, meow}
	for i, c := range both {
		sender := both[1-i]
		require.NoError(t, b.net.SetFault(ctx, c.phone(), "corrupt", 1))
		_, _, err := sender.send(ctx, c.phone(), "rusak di jalan")
		require.NoError(t, err)
		shows(t, c, sender.phone(), "rusak di jalan")
		b.clean(t, sender.phone(), c.phone(), 1)
		chat, err := b.net.Chat(ctx, c.phone(), sender.phone())
		require.NoError(t, err)
		require.Equal(t, 1, retries(chat, c.phone()), "%s asked once", c.phone())
	}
	require.Equal(t, 1, simtest.Count(meow.Client, func(*events.UndecryptableMessage) bool { return true }))
}

// retries counts how often companions of a phone asked for a message again.
func retries(chat []sim.Entry, phone string) (n int) {
	for _, e := range chat {
		for _, d := range e.Deliveries {
			if d.Phone == phone {
				n += d.Retries
			}
		}
	}
	return n
}

// What is written while a companion is away waits for it, in order.
func TestSideBySideTheOfflineQueue(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	sapa, meow := b.number(t, "6281120000021"), b.client(t, "6281120000022")
	require.NoError(t, b.owner.Do(ctx, "POST", "/v1/numbers/"+sapa.id+"/disconnect", nil, nil))
	meow.Disconnect()
	const sari, missed = "6285720000021", 10
	for _, c := range []companion{sapa, meow} {
		require.NoError(t, drive.Until(ctx, func() (bool, error) {
			a, err := b.net.Account(ctx, c.phone())
			return !a.Companions[0].Online, err
		}))
		for i := range missed {
			require.NoError(t, b.net.Write(ctx, sari, c.phone(), fmt.Sprint("antre ", i)))
		}
		s, err := b.net.Judge(ctx, sari, c.phone())
		require.NoError(t, err)
		require.Equal(t, missed, s.Missing)
	}
	require.NoError(t, b.owner.Do(ctx, "POST", "/v1/numbers/"+sapa.id+"/connect", nil, nil))
	require.NoError(t, meow.Connect())
	for _, c := range []companion{sapa, meow} {
		b.clean(t, sari, c.phone(), missed)
		for i := range missed {
			shows(t, c, sari, fmt.Sprint("antre ", i))
		}
	}
	require.Empty(t, meow.Log.Warnings())
}
