package e2e_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// Every kind of bad input and trouble that a person or the world can cause, on the real program. Each ends in a clear
// message, and in the ledger nothing is lost and nothing is sent twice.

func TestTheSetupLinkWorksOnceAndOnlyAsPrinted(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	token, err := p.server.SetupToken()
	require.NoError(t, err)
	again := refusal(t, drive.NewClient(p.server.URL).Setup(ctx, token, "eve@example.com", password))
	require.Equal(t, 410, again.Status)
	require.Contains(t, again.Detail, "log in")
	wrong := refusal(t, drive.NewClient(p.server.URL).Setup(ctx, "guess", "eve@example.com", password))
	require.Contains(t, []int{403, 410}, wrong.Status)
}

func TestTenWrongPasswordsLockTheLoginForAWhile(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	var last *drive.Problem
	for range 11 {
		last = refusal(t, drive.NewClient(p.server.URL).Login(ctx, "ayu@example.com", "salah sekali"))
	}
	require.Equal(t, 429, last.Status)
	require.Equal(t, "login_locked", last.Reason)
	right := refusal(t, drive.NewClient(p.server.URL).Login(ctx, "ayu@example.com", password))
	require.Equal(t, 429, right.Status, "the right password does not open a locked login")
}

func TestWrongMessagesAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	number, _ := p.linked(t, "6281100000010")
	for name, c := range map[string]struct {
		to, text string
		status   int
		says     string
	}{
		"malformed number": {"08-halo", "halo", 422, "phone number"},
		"no text":          {"+6285700000010", "", 422, "text"},
		"70 kB of text":    {"+6285700000010", strings.Repeat("a", 70<<10), 413, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.owner.Send(ctx, number, c.to, c.text)
			problem := refusal(t, err)
			require.Contains(t, []int{c.status, 400}, problem.Status, problem.Body)
			require.Contains(t, strings.ToLower(problem.Body), c.says)
		})
	}
	require.Zero(t, p.net.Ledger.Total().Sent)
}

func TestAPhoneWithoutWhatsAppFailsTheMessageOnly(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	number, _ := p.linked(t, "6281100000011")
	m, err := p.owner.Send(ctx, number, "+"+nobody, "halo?")
	require.NoError(t, err)
	m = p.waitStatus(t, m.ID, "failed")
	require.Contains(t, m.Failure.Message, "WhatsApp")
	p.event(t, "message.failed", number, map[string]any{"id": m.ID, "status": "failed"})
	p.delivered(t, number, "6285700000011", "yang ini sampai")
}

func TestAPhoneIsLinkedOnceHere(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	first, account := p.linked(t, "6281100000012")
	second, err := p.owner.AddNumber(ctx, "Sekali lagi")
	require.NoError(t, err)
	text, err := p.owner.QR(ctx, second.ID)
	require.NoError(t, err)
	_ = account.Scan(ctx, text) // the phone sees its scan refused
	failure := p.pairingFails(t, second.ID)
	require.Contains(t, failure, "Linked devices")
	require.NotContains(t, failure, "Melati", "the text does not name who holds it")
	require.NoError(t, p.owner.WaitState(ctx, first, "connected"), "the first link is untouched")
	p.event(t, "number.state", second.ID, map[string]any{"state": "created", "previous": "pairing", "cause": "pairing_ended"})
}

func TestAPairingThatThePhoneRefusesEndsWithAReason(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	account := p.net.Account("6281100000013")
	account.SetFaults(func(f *sim.Faults) { f.RefusePairing = true })
	n, err := p.owner.AddNumber(ctx, "Toko")
	require.NoError(t, err)
	text, err := p.owner.QR(ctx, n.ID)
	require.NoError(t, err)
	require.Error(t, account.Scan(ctx, text))
	account.SetFaults(func(f *sim.Faults) { f.RefusePairing = false })
	require.NoError(t, p.owner.Do(ctx, "DELETE", "/v1/numbers/"+n.ID+"/pairing", nil, nil))
	p.event(t, "number.state", n.ID, map[string]any{"state": "created", "previous": "pairing", "cause": "pairing_ended"})
	require.NoError(t, p.owner.Pair(ctx, n.ID, account), "the next try works")
}

// WhatsApp is down, slow, silent, closes, replays, or sends garbage while messages go both ways.
func TestWhatsAppMisbehavesAndNothingIsLost(t *testing.T) {
	t.Parallel()
	p := open(t)
	for i, trouble := range []struct {
		name  string
		begin func(*sim.Account)
		end   func(*sim.Account)
		// lost says that the connection is lost, which is an event.
		lost bool
	}{
		{"down", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.Down = true }) }, healthy, true},
		{"slow", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.Latency = 300 * time.Millisecond }) }, healthy, false},
		{"closes", (*sim.Account).Cut, nil, true},
		{"ends the stream", (*sim.Account).EndStream, nil, true},
		{"restarts", func(a *sim.Account) { a.StreamError(503) }, nil, true},
		{"garbage", (*sim.Account).Garbage, nil, true},
		{"delivers twice", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.Duplicate = 1 }) }, healthy, false},
		{"damaged on the way", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.Corrupt = 1 }) }, healthy, false},
		{"cuts before the acknowledgement", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.CutBeforeAck, f.Limit = true, 1 }) }, healthy, true},
		{"cuts after the acknowledgement", func(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { f.CutAfterAck, f.Limit = true, 1 }) }, healthy, true},
	} {
		number, account := p.linked(t, "62811000001"+pad(i))
		t.Run(trouble.name, func(t *testing.T) {
			t.Parallel()
			ctx := patient(t)
			contact := p.net.Contact("62857000001" + pad(i))
			say := func(n string) {
				_, err := contact.Write(ctx, account, "tanya "+n)
				require.NoError(t, err)
				_, err = p.owner.Send(ctx, number, "+"+contact.Phone(), "jawab "+n)
				require.NoError(t, err)
			}
			say("sebelum")
			trouble.begin(account)
			say("selama")
			if trouble.end != nil {
				pause(ctx, 500*time.Millisecond)
				trouble.end(account)
			}
			say("sesudah")
			in := func() sim.Summary { return p.net.Ledger.Summary(contact.Phone(), account.Phone()) }
			out := func() sim.Summary { return p.net.Ledger.Summary(account.Phone(), contact.Phone()) }
			err := drive.Until(ctx, func() (bool, error) { return in().Received == 3 && out().Received == 3, nil })
			require.NoError(t, err, "in %+v, out %+v", in(), out())
			for _, s := range []sim.Summary{in(), out()} {
				require.Zero(t, s.Missing+s.Duplicates+s.OutOfOrder+s.Lost, "%+v", s)
			}
			c := p.with(t, "+"+contact.Phone())
			all, err := p.owner.Messages(ctx, c.ID)
			require.NoError(t, err)
			require.Len(t, all, 6, "each message is shown once")
			p.counts(t, number, map[string]int{"message.received": 3, "message.queued": 3, "message.delivered": 3, "message.failed": 0, "message.unknown": 0})
			if trouble.lost {
				p.event(t, "number.state", number, map[string]any{"state": "connecting", "cause": "connection_lost", "previous": "connected"})
				p.event(t, "number.state", number, map[string]any{"state": "connected", "previous": "connecting"})
			}
		})
	}
}

// The network took a message and nobody heard: not the acknowledgement, not a receipt. It is sent again under its own id,
// so that the contact sees it once.
func TestAMessageThatNobodyConfirmedIsSentAgainAsItself(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	number, account := p.linked(t, "6281100000015")
	contact := p.net.Contact("6285700000015")
	contact.SetBehaviour(sim.Behaviour{Silent: true})
	account.SetFaults(func(f *sim.Faults) { f.CutBeforeAck, f.Limit = true, 1 })
	m, err := p.owner.Send(ctx, number, "+"+contact.Phone(), "sampai?")
	require.NoError(t, err)
	p.waitStatus(t, m.ID, "sent")
	require.NoError(t, drive.Until(ctx, func() (bool, error) {
		return p.net.Ledger.Summary(account.Phone(), contact.Phone()).Collapsed == 1, nil
	}))
	require.Equal(t, sim.Summary{Sent: 1, Received: 1, Repeated: 1, Collapsed: 1}, p.net.Ledger.Summary(account.Phone(), contact.Phone()))
	require.Len(t, contact.Inbox(), 1)
}

// A message that has to be tried again later holds back what was written after it, so that the contact reads in order.
func TestARefusedMessageHoldsBackThoseAfterIt(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	number, account := p.linked(t, "6281100000016")
	contact := p.net.Contact("6285700000016")
	account.SetFaults(func(f *sim.Faults) { f.SendError, f.Limit = 429, 1 })
	for _, text := range []string{"satu", "dua", "tiga"} {
		_, err := p.owner.Send(ctx, number, "+"+contact.Phone(), text)
		require.NoError(t, err)
	}
	require.NoError(t, drive.Until(ctx, func() (bool, error) { return len(contact.Inbox()) == 3, nil }))
	for i, text := range []string{"satu", "dua", "tiga"} {
		require.Equal(t, text, contact.Inbox()[i].Text)
	}
	require.Equal(t, 1, p.net.Ledger.Summary(account.Phone(), contact.Phone()).Refused)
}

func TestADataFolderServesOneProcess(t *testing.T) {
	t.Parallel()
	p := open(t)
	out, err := p.second(t)
	require.Error(t, err)
	require.Contains(t, out, "in use")
}

func TestATypoInTheSettingsStopsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sapa.yaml"), []byte("http:\n  lissten: 127.0.0.1:0\n"), 0o600))
	cmd := exec.Command(binary(t), "serve")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode())
	require.Contains(t, string(out), `did you mean "http.listen"?`)
	require.Contains(t, string(out), "line 2")
}

// An hour between WhatsApp's clock and ours changes nothing but a warning.
func TestAClockAnHourWrong(t *testing.T) {
	t.Parallel()
	for name, offset := range map[string]time.Duration{"behind": time.Hour, "ahead": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			p.net.SetFaults(func(f *sim.Faults) { f.ClockOffset = offset })
			ctx := patient(t)
			number, account := p.linked(t, "6281100000014")
			_, err := p.net.Contact("6285700000014").Write(ctx, account, "jam berapa?")
			require.NoError(t, err)
			require.Equal(t, "jam berapa?", p.conversation(t, 1).LastMessage.Text)
			p.delivered(t, number, "6285700000014", "jam sembilan")
		})
	}
}

func healthy(a *sim.Account) { a.SetFaults(func(f *sim.Faults) { *f = sim.Faults{} }) }

func pad(i int) string { return string([]byte{byte('0' + i/10), byte('0' + i%10)}) }

func refusal(t *testing.T, err error) *drive.Problem {
	t.Helper()
	var p *drive.Problem
	if !errors.As(err, &p) {
		t.Fatalf("expected a refusal of the API, got %v", err)
	}
	return p
}

// delivered sends a text and waits until the contact has it, exactly once.
func (p *place) delivered(t *testing.T, number, phone, text string) {
	t.Helper()
	ctx := patient(t)
	_, err := p.owner.Send(ctx, number, "+"+phone, text)
	require.NoError(t, err)
	_, err = p.net.Contact(phone).WaitFor(ctx, sim.Text(text))
	require.NoError(t, err)
}

// with finds the conversation with a phone.
func (p *place) with(t *testing.T, phone string) drive.Conversation {
	t.Helper()
	all, err := p.owner.Conversations(patient(t))
	require.NoError(t, err)
	for _, c := range all {
		if c.Contact.Phone == phone {
			return c
		}
	}
	t.Fatalf("no conversation with %s", phone)
	return drive.Conversation{}
}

// pairingFails waits for the pairing to fail and returns the text that a person reads.
func (p *place) pairingFails(t *testing.T, number string) string {
	t.Helper()
	ctx := patient(t)
	var last drive.Pairing
	require.NoError(t, drive.Until(ctx, func() (bool, error) {
		err := p.owner.Do(ctx, "GET", "/v1/numbers/"+number+"/pairing", nil, &last)
		return last.Failure != nil, err
	}))
	return last.Failure.Message
}

// second starts the program once more on the same data and returns what it says.
func (p *place) second(t *testing.T) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(patient(t), binary(t), append([]string{"serve"}, p.server.Arguments("127.0.0.1:0")...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// event waits for an event of the log whose data have these fields.
func (p *place) event(t *testing.T, typ, number string, fields map[string]any) {
	t.Helper()
	ctx := patient(t)
	var all []drive.Event
	err := drive.Until(ctx, func() (ok bool, err error) {
		all, err = p.owner.AllEvents(ctx, typ, number)
		return slices.ContainsFunc(all, func(e drive.Event) bool { return e.Has(fields) }), err
	})
	require.NoError(t, err, "no event %s with %v among %s", typ, fields, all)
}

// counts waits until the log has so many events of each type about a number. (A receipt that is quicker than the
// acknowledgement brings message.delivered without message.sent.)
func (p *place) counts(t *testing.T, number string, want map[string]int) {
	t.Helper()
	ctx := patient(t)
	got := map[string]int{}
	err := drive.Until(ctx, func() (bool, error) {
		for typ := range want {
			all, err := p.owner.AllEvents(ctx, typ, number)
			if err != nil {
				return false, err
			}
			got[typ] = len(all)
		}
		return maps.Equal(got, want), nil
	})
	require.NoError(t, err, "events: %v, not %v", got, want)
}
