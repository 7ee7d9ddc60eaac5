package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// nonsense lets WhatsApp send nonsense to some numbers: frames that do not decrypt, frames that do and hold no stanza,
// stanzas that mean nothing, and from strangers messages that decrypt and are none. The other numbers talk on.
func nonsense(ctx context.Context, r *run) error {
	long := pick(r, 20*time.Second, 10*time.Minute)
	for _, kind := range []struct {
		name, promise string
		attack        func(context.Context, *world, *garbler, time.Duration) error
	}{
		{"stanzas", "every number is back, or says why not", sendStanzas},
		{"frames", "every number is back, or says why not", sendFrames},
		{"bytes on the wire", "every number is back", mangle},
		{"payloads", "every number stays connected and hears what comes after", sendPayloads},
	} {
		row := r.row(kind.name+" that are nonsense", "the program lives, "+kind.promise+", and nothing of other numbers is lost")
		if err := r.garble(ctx, row, long, kind.attack); err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	return nil
}

// victims are so many numbers that get nonsense; the others must not notice.
const victims = 6

// garble attacks for a while and judges.
func (r *run) garble(ctx context.Context, row *row, long time.Duration, attack func(context.Context, *world, *garbler, time.Duration) error) error {
	begun := len(r.closers)
	defer func() { r.closeFrom(begun) }()
	g := &garbler{random: rand.New(rand.NewPCG(1, 2)), victims: map[string]bool{}}
	w, err := r.open(ctx, plan{numbers: victims + 4, beat: 500 * time.Millisecond, wired: true, knobs: func(n *sim.Network) {
		n.OnFrame = g.frame
	}})
	if err != nil {
		return err
	}
	r.say("%s", row.name)
	attacked := w.lanes[:victims]
	w.lanes = w.lanes[victims:]
	for _, l := range attacked {
		g.victims[l.Account.Phone()] = true
	}
	stop := w.talk(ctx)
	deaths := w.attend(ctx, func(ctx context.Context) error {
		g.lanes = attacked
		return attack(ctx, w, g, long)
	})
	g.calm()
	row.measure("%s", g.score())
	row.keep(len(deaths) == 0, "the program died %d times: %s", len(deaths), strings.Join(deaths, "; "))
	if err := w.recover(ctx, row, attacked); err != nil {
		return err
	}
	if err := stop(); err != nil {
		row.keep(false, "%v", err)
	}
	if err := w.settle(ctx, row, time.Minute); err != nil {
		return err
	}
	return w.intact(ctx, row)
}

// attend runs an attack, and starts the program again each time that it dies of it. It returns what it died of.
func (w *world) attend(ctx context.Context, attack func(context.Context) error) (deaths []string) {
	attacking, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- attack(attacking) }()
	defer cancel()
	for {
		select {
		case err := <-ended:
			if err != nil && ctx.Err() == nil {
				deaths = append(deaths, fmt.Sprint("the attack failed: ", err))
			}
			return deaths
		case <-w.server.Ended():
			deaths = append(deaths, w.lastWords())
			if len(deaths) == 20 {
				cancel()
				<-ended
			}
			if _, err := w.server.Launch(ctx); err != nil {
				cancel()
				return append(deaths, fmt.Sprint("it does not start again: ", err))
			}
			if len(deaths) == 20 {
				return deaths
			}
		}
	}
}

// lastWords is the cause and the place of the last panic.
func (w *world) lastWords() string {
	log, err := w.server.Log()
	if err != nil {
		return err.Error()
	}
	at := max(strings.LastIndex(log, "\npanic: "), strings.LastIndex(log, "\nfatal error: "))
	if at < 0 {
		return "without a word"
	}
	words, place := strings.TrimSpace(log[at:]), ""
	for line := range strings.Lines(words) {
		if line = strings.TrimSpace(line); strings.Contains(line, ".go:") && !strings.Contains(line, "/src/runtime/") {
			place = line
			break
		}
	}
	first, _, _ := strings.Cut(words, "\n")
	return first + " at " + place
}

// recover waits until every number that was attacked is connected again and hears a message, or shows why it is not.
func (w *world) recover(ctx context.Context, row *row, attacked []*drive.Lane) error {
	ctx, cancel := context.WithTimeout(ctx, recoversWithin)
	defer cancel()
	causes := map[string]int{}
	for i, l := range attacked {
		var n drive.Number
		err := drive.Every(ctx, 100*time.Millisecond, func() (_ bool, err error) {
			n, err = w.key.Number(ctx, l.Number)
			return n.State == "connected" && l.Account.Companions()[0].Online || settled(n), err
		})
		if err != nil && ctx.Err() == nil {
			return err
		}
		if settled(n) {
			causes[n.State+": "+n.Cause]++
			continue
		}
		row.keep(err == nil, "%s is %s (%s %s)", l.Number, n.State, n.Cause, n.CauseCode)
		if err != nil {
			continue
		}
		if err := w.hears(ctx, l, i); err != nil {
			row.keep(false, "%s does not hear: %v", l.Number, err)
		}
	}
	row.measure("%d of %d numbers are back", len(attacked)-count(causes), len(attacked))
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		row.measure("%d %s", causes[cause], cause)
	}
	return nil
}

func count(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// settled reports whether a number has ended up in a state that it says the cause of, and that a person must end.
func settled(n drive.Number) bool {
	return n.Cause != "" && slices.Contains([]string{"logged_out", "banned", "replaced", "outdated", "restricted"}, n.State)
}

// hears lets somebody new write to a number and waits until it can be read.
func (w *world) hears(ctx context.Context, l *drive.Lane, i int) error {
	someone := w.net.Contact(fmt.Sprintf("62888%07d", i))
	if _, err := someone.Write(ctx, l.Account, "masih di sana?"); err != nil {
		return err
	}
	return drive.Every(ctx, 100*time.Millisecond, func() (bool, error) {
		v, ok, err := w.key.With(ctx, "+"+someone.Phone())
		return ok && v.LastMessage != nil && v.LastMessage.Text == "masih di sana?", err
	})
}

// mangle turns bytes on the line to WhatsApp into others.
func mangle(ctx context.Context, w *world, g *garbler, long time.Duration) error {
	w.whatsapp.Set(drive.Trouble{Mangle: 0.01})
	defer w.whatsapp.Heal()
	for end := time.Now().Add(long); time.Now().Before(end) && ctx.Err() == nil; {
		for _, l := range g.lanes {
			l.Account.Garbage()
			g.count("undecryptable frames", 1)
		}
		pause(ctx, time.Second)
	}
	return nil
}

// sendStanzas sends invented stanzas with the words that a client knows.
func sendStanzas(ctx context.Context, _ *world, g *garbler, long time.Duration) error {
	for end := time.Now().Add(long); time.Now().Before(end) && ctx.Err() == nil; {
		for _, l := range g.lanes {
			for range 10 {
				l.Account.Push(g.stanza(l))
			}
			g.count("invented stanzas", 10)
		}
		pause(ctx, 20*time.Millisecond)
	}
	return nil
}

// sendFrames spoils the bytes of real stanzas before they are sealed.
func sendFrames(ctx context.Context, w *world, g *garbler, long time.Duration) error {
	g.spoil(true)
	for end, i := time.Now().Add(long), 0; time.Now().Before(end) && ctx.Err() == nil; i++ {
		for _, l := range g.lanes {
			_, _ = l.Contact.Write(ctx, l.Account, fmt.Sprint("halo ", i))
			l.Account.Push(g.stanza(l))
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil
}

// sendPayloads lets strangers send what decrypts and is no message, or a message of odd parts.
func sendPayloads(ctx context.Context, w *world, g *garbler, long time.Duration) error {
	for end, i := time.Now().Add(long), 0; time.Now().Before(end) && ctx.Err() == nil; i++ {
		for k, l := range g.lanes {
			stranger := w.net.Contact(fmt.Sprintf("6289%d%07d", k, i%50))
			if _, err := stranger.Send(ctx, l.Account, "", g.payload(l)); err != nil && !errors.Is(err, context.Canceled) {
				return err
			}
			g.count("payloads", 1)
		}
		pause(ctx, 10*time.Millisecond)
	}
	return nil
}

// payload is a message whose bytes are not what they say.
func (g *garbler) payload(l *drive.Lane) *waE2E.Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	random := g.random
	text := oddText(random)
	var m proto.Message = &waE2E.Message{Conversation: proto.String(strings.ToValidUTF8(text, ""))}
	if random.IntN(2) == 0 {
		m = anyMessage(random, (&waE2E.Message{}).ProtoReflect().Type(), 4)
	}
	plain, err := proto.MarshalOptions{AllowPartial: true}.Marshal(m)
	if err != nil {
		plain = nil
	}
	switch random.IntN(4) {
	case 0:
		plain = mutateBytes(random, plain)
	case 1:
		plain = bytes.Repeat([]byte{byte(random.UintN(256))}, random.IntN(2000))
	case 2: // groups within groups
		n := random.IntN(20000)
		plain = bytes.Repeat(protowire.AppendTag(nil, 1, protowire.StartGroupType), n)
	}
	out := &waE2E.Message{}
	out.ProtoReflect().SetUnknown(plain)
	return out
}

// garbler invents nonsense.
type garbler struct {
	lanes   []*drive.Lane
	victims map[string]bool // by phone

	mu     sync.Mutex
	random *rand.Rand
	on     bool
	counts map[string]int
}

func (g *garbler) count(what string, n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counts == nil {
		g.counts = map[string]int{}
	}
	g.counts[what] += n
}

func (g *garbler) score() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []string
	for _, what := range slices.Sorted(maps.Keys(g.counts)) {
		all = append(all, fmt.Sprintf("%d %s", g.counts[what], what))
	}
	return strings.Join(all, ", ")
}

func (g *garbler) spoil(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.on = on
}

func (g *garbler) calm() { g.spoil(false) }
