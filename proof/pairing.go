package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/media"
)

// pairingMemory is how much the program may take while the histories come, in MB. An empty program takes 60, twenty numbers
// and the handshakes of all of them at once 20. One part of the whole installation is read at a time, as a stream: its
// compressed bytes, up to 16 MB, and a hundred messages of it. What was allocated and is not collected yet doubles all that is
// live, as the collector is delivered. A program that keeps whole histories needs some 20 MB for each of them.
const pairingMemory = 150.0

// pairing pairs twenty numbers at once, whose phones all tell a long past.
func pairing(ctx context.Context, r *run) error {
	const numbers = 20
	chats, each := 100, pick(r, 20, 1000)
	row := r.row("", fmt.Sprintf("%d numbers are paired at once, each with a history of %d messages: resident memory ≤ %g MB, all histories complete, in order, each message once",
		numbers, chats*each, pairingMemory))
	files := &media.Store{}
	r.after(func() { _ = files.Close() })
	pasts := &pasts{chats: chats, each: each, newest: time.Now().Add(-time.Hour), files: files}
	w, err := r.open(ctx, plan{knobs: func(n *sim.Network) { n.Media, n.OnPaired = files.Handler(), pasts.tell }})
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	peak := w.peak(within)
	begun := time.Now()
	if err := w.link(within, numbers, time.Second, numbers); err != nil {
		return err
	}
	paired := time.Since(begun)
	parts := numbers * pasts.parts()
	err = drive.Every(within, 100*time.Millisecond, func() (bool, error) {
		if err := pasts.failed(); err != nil {
			return false, err
		}
		return files.Counts().Deletes >= parts, nil
	})
	took := time.Since(begun)
	most, atEnd := peak()
	row.measure("all paired after %.1f s, %.0f messages/s stored, at most %.0f MB, %.0f MB at the end", paired.Seconds(),
		float64(numbers*chats*each)/took.Seconds(), most, atEnd)
	row.keep(err == nil, "%d of %d parts are stored: %v", files.Counts().Deletes, parts, err)
	row.keep(most <= pairingMemory, "%.0f MB are too many", most)
	if err := w.remembers(ctx, row, pasts); err != nil {
		return err
	}
	if err := w.log(row); err != nil {
		return err
	}
	return w.intact(ctx, row)
}

// peak looks at the memory until the function that it returns is called, which tells the most that there was and the last, in MB.
func (w *world) peak(ctx context.Context) func() (most, last float64) {
	looking, stop := context.WithCancel(ctx)
	var most, last float64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for pause(looking, 100*time.Millisecond) {
			if bytes, err := drive.Resident(w.server.PID()); err == nil {
				last = float64(bytes) / 1e6
				most = max(most, last)
			}
		}
	}()
	return func() (float64, float64) {
		stop()
		<-ended
		return most, last
	}
}

// remembers compares what the program lists of every number with what its phone told.
func (w *world) remembers(ctx context.Context, row *row, pasts *pasts) error {
	shown, wrong := 0, 0
	for _, l := range w.lanes {
		want, err := pasts.told(l.Account.Phone())
		if err != nil {
			return err
		}
		got, err := w.listed(ctx, l.Number)
		if err != nil {
			return err
		}
		for phone, texts := range want {
			shown += len(got[phone])
			if !slices.Equal(got[phone], texts) {
				wrong++
				row.keep(wrong > 3, "%s shows %d messages with %s, told were %d, or their order is another", l.Number, len(got[phone]), phone, len(texts))
			}
		}
		row.keep(len(got) == len(want), "%s has %d conversations, not %d", l.Number, len(got), len(want))
	}
	row.measure("%d messages shown, %d of %d chats wrong", shown, wrong, len(w.lanes)*pasts.chats)
	return nil
}

// listed is what the program shows of a number: the texts of each conversation by phone, the oldest first.
func (w *world) listed(ctx context.Context, number string) (map[string][]string, error) {
	all, err := w.owner.AllConversations(ctx, number)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, v := range all {
		messages, err := w.owner.AllMessages(ctx, v.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			out[v.Contact.Phone] = append(out[v.Contact.Phone], m.Text)
		}
	}
	return out, nil
}
