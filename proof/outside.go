package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// outside troubles the way to WhatsApp.
func outside(ctx context.Context, r *run) error {
	for _, line := range []struct {
		what    string
		trouble drive.Trouble
		beat    time.Duration
		long    time.Duration
	}{
		{"slow, half a second each way", drive.Trouble{Latency: 500 * time.Millisecond}, 3 * time.Second, 5 * time.Minute},
		{"1 kB/s", drive.Trouble{BytesPerSecond: 1000}, 3 * time.Second, 5 * time.Minute},
		{"sliced into pieces of 3 bytes", drive.Trouble{Slice: 3}, 500 * time.Millisecond, 5 * time.Minute},
		{"half-open", drive.Trouble{Swallow: true}, time.Second, 10 * time.Minute},
	} {
		row := r.row("the line is "+line.what, "0 lost, 0 duplicate, 0 out of order, back by itself")
		err := r.endure(ctx, row, plan{numbers: 10, beat: line.beat, wired: true}, func(ctx context.Context, w *world) error {
			w.whatsapp.Set(line.trouble)
			defer w.whatsapp.Heal()
			pause(ctx, pick(r, 10*time.Second, line.long))
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	for _, trouble := range []func(context.Context, *run) error{lineReset, frozen, lostAcks, herd} {
		if err := trouble(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// lineReset breaks every connection to WhatsApp again and again.
func lineReset(ctx context.Context, r *run) error {
	row := r.row("connections reset every 7 s", "0 lost, 0 duplicate, 0 out of order, back by itself")
	return r.endure(ctx, row, plan{numbers: 10, beat: 500 * time.Millisecond, wired: true}, func(ctx context.Context, w *world) error {
		for range pick(r, 2, 40) {
			w.whatsapp.Reset()
			if !pause(ctx, 7*time.Second) {
				return ctx.Err()
			}
		}
		return nil
	})
}

// noticedWithin is the longest that a stream may be frozen before the program says so.
const noticedWithin = 90 * time.Second

// frozen lets nothing pass any more, without closing, and waits until every number is said to be no longer connected.
func frozen(ctx context.Context, r *run) error {
	row := r.row("every stream is frozen", fmt.Sprintf("noticed within %s", noticedWithin))
	begun := len(r.closers)
	defer func() { r.closeFrom(begun) }()
	w, err := r.open(ctx, plan{numbers: 10, beat: time.Second, wired: true})
	if err != nil {
		return err
	}
	w.whatsapp.Set(drive.Trouble{Swallow: true})
	since := time.Now()
	wait, cancel := context.WithTimeout(ctx, 2*noticedWithin)
	defer cancel()
	var first time.Duration
	err = drive.Every(wait, 200*time.Millisecond, func() (bool, error) {
		connected := 0
		for _, l := range w.lanes {
			n, err := w.key.Number(wait, l.Number)
			if err != nil {
				return false, err
			}
			if n.State == "connected" {
				connected++
			}
		}
		if first == 0 && connected < len(w.lanes) {
			first = time.Since(since)
		}
		return connected == 0, nil
	})
	last := time.Since(since)
	row.measure("the first of %d after %.0f s, the last after %.0f s", len(w.lanes), first.Seconds(), last.Seconds())
	row.keep(err == nil && last <= noticedWithin, "not noticed: %v", err)
	return w.log(row)
}

// lostAcks loses WhatsApp's acknowledgement of every twentieth message after it was delivered; of every two hundredth the
// connection with it.
func lostAcks(ctx context.Context, r *run) error {
	sends, numbers := pick(r, 500, 20_000), pick(r, 25, 50)
	row := r.row(fmt.Sprintf("the acknowledgement of 5 %% of %d sends is lost after delivery", sends), "0 lost, 0 duplicate, 0 out of order")
	begun := len(r.closers)
	defer func() { r.closeFrom(begun) }()
	thief := &thief{met: map[string]bool{}}
	w, err := r.open(ctx, plan{numbers: numbers, beat: pick(r, 200*time.Millisecond, 400*time.Millisecond), knobs: func(n *sim.Network) {
		n.OnSend, thief.net = thief.pass, n
	}})
	if err != nil {
		return err
	}
	r.say("%s", row.name)
	for i, l := range w.lanes { // every second contact confirms nothing, so that only the repetition can tell
		l.Contact.SetBehaviour(sim.Behaviour{Silent: i%2 == 0})
	}
	stop := w.talk(ctx)
	err = drive.Every(ctx, 50*time.Millisecond, func() (bool, error) { _, out := w.promised(); return out >= sends, nil })
	if err := stop(); err != nil {
		row.keep(false, "%v", err)
	}
	if err != nil {
		return err
	}
	if err := w.settle(ctx, row, pick(r, 5*time.Minute, 30*time.Minute)); err != nil {
		return err
	}
	again := 0
	for _, l := range w.lanes {
		again += w.net.Ledger.Summary(l.Account.Phone(), l.Contact.Phone()).Collapsed
	}
	stolen, cut := thief.score()
	row.measure("%d acknowledgements lost, %d with their connection, %d copies thrown away by the contacts", stolen, cut, again)
	row.keep(stolen >= sends/25, "only %d acknowledgements were lost", stolen)
	return w.intact(ctx, row)
}

// thief takes acknowledgements on their way.
type thief struct {
	net *sim.Network

	mu          sync.Mutex
	met         map[string]bool
	stolen, cut int
}

// pass is a hook of the simulator. What was stolen once is let through when it comes again.
func (t *thief) pass(s sim.Stanza) bool {
	if s.Node.Tag != "ack" || s.Node.Attrs["class"] != "message" {
		return true
	}
	id, _ := s.Node.Attrs["id"].(string)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.met[id] {
		return true
	}
	t.met[id] = true
	if len(t.met)%20 != 0 {
		return true
	}
	t.stolen++
	if len(t.met)%200 == 0 {
		t.cut++
		go t.net.Account(s.Phone).Cut() // not from within the writer of the connection that ends
	}
	return false
}

func (t *thief) score() (stolen, cut int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stolen, t.cut
}

// perSecond is the limit of connects as it is delivered, atOnce how many may come in one moment: a bucket of one that fills
// with five a second lets no more than 5·t + 1 begin in any t seconds. That is judged over 5 and over 20 seconds. What is
// seen is the line, and a number reads its keys between its turn and its first byte: one that is late may fall together with
// those after it, so a single second may see one more.
const (
	perSecond = 5
	atOnce    = 1
	late      = 1
)

// herd cuts many numbers at once, with the limit as it is delivered.
func herd(ctx context.Context, r *run) error {
	numbers := pick(r, 50, 500)
	row := r.row(fmt.Sprintf("%d numbers are cut at once", numbers), fmt.Sprintf("at most %d connects per second and %d at once (a bucket of %d that fills with %d a second: in any t seconds no more than %d·t + %d; on the line in a single second %d more), all back",
		perSecond, atOnce, atOnce, perSecond, perSecond, atOnce, late))
	begun := len(r.closers)
	defer func() { r.closeFrom(begun) }()
	back := &logins{who: map[string]bool{}}
	w, err := r.open(ctx, plan{numbers: numbers, beat: time.Second, wired: true, knobs: func(n *sim.Network) { n.OnOnline = back.note }})
	if err != nil {
		return err
	}
	r.say("%d numbers are paired", numbers)
	connects := &logins{who: map[string]bool{}}
	w.whatsapp.Watch(connects.begun)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"started again", func() error {
			w.server.Kill()
			_, err := w.server.Launch(ctx, fmt.Sprintf("--whatsapp.connects_per_second=%d", perSecond))
			return err
		}},
		{"cut", func() error { w.whatsapp.Reset(); return nil }},
	} {
		back.clear()
		connects.clear()
		since := time.Now()
		if err := step.do(); err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, time.Duration(numbers)*time.Second+2*time.Minute)
		err := drive.Every(wait, 100*time.Millisecond, func() (bool, error) { return back.different() == numbers && w.online(), nil })
		cancel()
		row.keep(err == nil, "%s: %d of %d are back", step.name, back.different(), numbers)
		most, over := connects.worst()
		row.measure("%s: all back after %.0f s, at most %d connects in a second", step.name, time.Since(since).Seconds(), most)
		row.keep(over == "", "%s: %s", step.name, over)
	}
	return w.log(row)
}

// logins are the moments at which companions logged in, by the simulator, or began to, by the line.
type logins struct {
	mu  sync.Mutex
	at  []time.Time
	who map[string]bool
}

func (l *logins) note(a *sim.Account, _ sim.Companion, online bool) {
	if !online {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = append(l.at, time.Now())
	l.who[a.Phone()] = true
}

func (l *logins) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.who = nil, map[string]bool{}
}

func (l *logins) different() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.who)
}

// begun notes a connection that asks for a websocket.
func (l *logins) begun(first []byte) {
	if !bytes.HasPrefix(first, []byte("GET /ws/")) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = append(l.at, time.Now())
}

// worst is the most connects in any second, and which time saw more than the limit allows.
func (l *logins) worst() (most int, over string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.at, time.Time.Compare)
	for i := range l.at {
		for _, seconds := range []int{1, 5, 20} {
			n := 0
			for _, t := range l.at[i:] {
				if t.Sub(l.at[i]) < time.Duration(seconds)*time.Second {
					n++
				}
			}
			if seconds == 1 {
				most = max(most, n)
			}
			allowed := perSecond*seconds + atOnce
			if seconds == 1 {
				allowed += late
			}
			if n > allowed {
				over = fmt.Sprintf("%d connects in %d s", n, seconds)
			}
		}
	}
	return most, over
}
