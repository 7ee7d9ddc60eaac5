package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// knob is one fault of the network as it is tried on Sapa and on an unmodified client.
type knob struct {
	name  string
	value any
	more  map[string]any // other knobs with it
	cut   bool           // whether it acts at the next login, so that one is needed
	// What is expected of the message that is sent meanwhile: refused for good with these codes, lost, or overtaken.
	sapaSays, meowSays string
	lost, overtaken    bool
}

// passing are the faults after which both go on as if nothing had been.
var passing = []knob{
	{name: "down", value: true},
	{name: "latency", value: "200ms"},
	{name: "stall", value: true},
	{name: "no_pong", value: true},
	{name: "clock_offset", value: "1h"},
	{name: "connect_failure", value: 503, cut: true},
	{name: "connect_failure", value: 500, cut: true},
	{name: "send_error", value: 429},
	{name: "send_error", value: 463, sapaSays: "reachout_locked", meowSays: "463"},
	{name: "send_error", value: 479, sapaSays: "rejected", meowSays: "479"},
	{name: "send_error", value: 400, sapaSays: "rejected", meowSays: "400"},
	{name: "send_error_to", value: []string{contactOf(11)}, more: map[string]any{"send_error": 463}, sapaSays: "reachout_locked", meowSays: "463"},
	{name: "send_error_share", value: 1.0, more: map[string]any{"send_error": 463}, sapaSays: "reachout_locked", meowSays: "463"},
	{name: "send_error_cold", value: true, more: map[string]any{"send_error": 463}}, // the contact has written: it goes through
	{name: "ack_delay", value: "300ms"},
	{name: "no_ack", value: true, more: map[string]any{"limit": 1}},
	{name: "cut_after_ack", value: true, more: map[string]any{"limit": 1}},
	{name: "cut_before_ack", value: true, more: map[string]any{"limit": 1}},
	{name: "lose", value: true, more: map[string]any{"limit": 1}, lost: true},
	{name: "duplicate", value: 2},
	{name: "corrupt", value: 1},
	{name: "hold", value: true},
	{name: "reorder", value: true, cut: true, overtaken: true},
	{name: "drop_receipts", value: true},
	{name: "no_prekeys", value: true},
	{name: "ask_again", value: 4},
	{name: "app_state_mismatch", value: true},
	{name: "phone_addressed", value: true}, // the chat moves from LID to phone and back
	{name: "no_alias", value: true},
	{name: "no_alias", value: true, more: map[string]any{"phone_addressed": true}},
	{name: "new_chat_cap", value: 1},   // the contact has written, so none of these is about them:
	{name: "ban_after_cold", value: 1}, // beside_stranger_test.go has those who have not
	{name: "ban_after_reports", value: 1, more: map[string]any{"ban_for": "1h"}},
	{name: "ban_for", value: "1h"},
	{name: "limit", value: 1, more: map[string]any{"send_error": 429}},
}

// ending are the faults after which a companion stays away until somebody acts. Both report the same.
var ending = []struct {
	name       string
	value      any
	sapa, meow string
	back       bool // whether connecting again helps once the fault is over; else only a new pairing does
}{
	{"connect_failure", 401, "logged_out device_removed 401", "logged_out 401", false},
	{"connect_failure", 403, "banned locked 403", "logged_out 403", false},
	{"connect_failure", 406, "banned banned 406", "logged_out 406", false},
	{"connect_failure", 405, "connecting client_outdated 405", "outdated", true},
	{"connect_failure", 409, "paused misconfigured 409", "refused 409", true},
	{"connect_failure", 415, "paused misconfigured 415", "refused 415", true},
	{"connect_failure", 418, "paused misconfigured 418", "refused 418", true},
	{"temp_ban", map[string]any{"code": 101, "expire": "1h"}, "paused temporary_ban 101", "temporary_ban 101", true},
	{"min_version", "2.9999.1", "connecting client_outdated 405", "outdated", true},
}

func contactOf(i int) string { return "62857210000" + pad(i) }

// Every knob of the network is turned on a number of Sapa and on an unmodified client, while messages go both ways.
func TestSideBySideEveryFault(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	b.namesAll(t)
	for i, k := range passing {
		name := strings.Trim(k.name+" "+k.meowSays, " ")
		t.Run(name+"/sapa", func(t *testing.T) {
			t.Parallel()
			b.passes(t, k, b.number(t, "62811210000"+pad(i)), contactOf(i), k.sapaSays)
		})
		t.Run(name+"/whatsmeow", func(t *testing.T) {
			t.Parallel()
			b.passes(t, k, b.client(t, "62811220000"+pad(i)), contactOf(i), k.meowSays)
		})
	}
	for i, k := range ending {
		name := strings.Join(strings.Fields(k.name+" "+k.meow), " ")
		t.Run(name+"/sapa", func(t *testing.T) {
			t.Parallel()
			n := b.number(t, "62811230000"+pad(i))
			b.ends(t, n, k.name, k.value, k.sapa, func() {
				if k.name == "temp_ban" {
					b.waitsFor(t, n)
				} else if k.back {
					n.login(t)
				} else {
					b.link(t, n)
				}
			})
			b.reported(t, n, k.sapa)
		})
		t.Run(name+"/whatsmeow", func(t *testing.T) {
			t.Parallel()
			c := b.client(t, "62811240000"+pad(i))
			b.ends(t, c, k.name, k.value, k.meow, func() {
				if k.back {
					c.login(t)
				} else {
					c = b.client(t, c.pn)
				}
			})
		})
	}
}

// namesAll requires that the tables above know every knob of an account, so that a new one cannot be forgotten.
func (b *beside) namesAll(t *testing.T) {
	t.Helper()
	ctx := patient(t)
	require.NoError(t, b.net.Do(ctx, http.MethodPost, "/accounts", map[string]string{"phone": "6281100000099"}, nil))
	var all struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	require.NoError(t, b.net.Do(ctx, http.MethodGet, "/accounts/6281100000099/faults", nil, &all))
	tried := map[string]bool{"refuse_pairing": true} // has a test of its own
	for _, k := range passing {
		tried[k.name] = true
	}
	for _, k := range ending {
		tried[k.name] = true
	}
	for _, k := range all.Items {
		require.True(t, tried[k.Name], "nobody tries the knob %s", k.Name)
	}
}

// passes turns the knob while messages go both ways, turns it back, and asks the ledger.
func (b *beside) passes(t *testing.T, k knob, c companion, contact, says string) {
	t.Helper()
	ctx := patient(t)
	sent := make(chan string, 3)
	talk := func(when string) {
		require.NoError(t, b.net.Write(ctx, contact, c.phone(), "tanya "+when))
		go func() {
			_, refused, err := c.send(ctx, contact, "jawab "+when)
			if err != nil {
				refused = err.Error()
			}
			sent <- refused
		}()
	}
	talk("sebelum")
	require.Empty(t, <-sent)
	shows(t, c, contact, "tanya sebelum")

	for name, value := range k.more {
		require.NoError(t, b.net.SetFault(ctx, c.phone(), name, value))
	}
	require.NoError(t, b.net.SetFault(ctx, c.phone(), k.name, k.value))
	if k.cut {
		require.NoError(t, b.net.Act(ctx, c.phone(), "cut"))
	}
	talk("selama")
	pause(ctx, 500*time.Millisecond)
	if says != "" || k.lost || k.name == "drop_receipts" {
		require.Equal(t, says, <-sent)
		sent <- ""
	}
	require.NoError(t, b.net.Heal(ctx, c.phone()))
	if k.name == "hold" {
		require.NoError(t, b.net.Act(ctx, c.phone(), "cut")) // held until the next login
	}
	require.Empty(t, <-sent)
	after := "connected"
	if _, ours := c.(*number); ours && says == "reachout_locked" { // who has written is answered all the same
		after = "degraded reachout_timelock 463"
	}
	waits(t, after, c.state)
	talk("sesudah")
	require.Empty(t, <-sent)

	out := 3
	if says != "" {
		out--
	}
	b.judge(t, k, contact, c.phone(), 3, k.overtaken, false)
	b.judge(t, k, c.phone(), contact, out, false, k.lost)
	for _, text := range []string{"tanya sebelum", "tanya selama", "tanya sesudah"} {
		shows(t, c, contact, text)
	}
}

// judge is clean, with what the knob itself does to messages.
func (b *beside) judge(t *testing.T, k knob, from, to string, promised int, overtaken, lost bool) {
	t.Helper()
	if !lost && !overtaken {
		b.clean(t, from, to, promised)
		return
	}
	ctx := patient(t)
	err := drive.Until(ctx, func() (bool, error) {
		s, err := b.net.Judge(ctx, from, to)
		if lost {
			return s.Sent == promised && s.Received == promised-1 && s.Lost == 1 && s.Missing == 1, err
		}
		return s.Sent == promised && s.Received == promised && s.Missing+s.Lost+s.Duplicates == 0, err
	})
	require.NoError(t, err, k.name)
}

// ends turns the knob and cuts, waits for what the companion reports, and lets it come back. What was written meanwhile arrives.
func (b *beside) ends(t *testing.T, c companion, name string, value any, says string, back func()) {
	t.Helper()
	ctx := patient(t)
	contact := "62857" + c.phone()[5:]
	require.NoError(t, b.net.Write(ctx, contact, c.phone(), "sebelum"))
	shows(t, c, contact, "sebelum")
	require.NoError(t, b.net.SetFault(ctx, c.phone(), name, value))
	require.NoError(t, b.net.Act(ctx, c.phone(), "cut"))
	waits(t, says, c.state)
	require.NoError(t, b.net.Heal(ctx, c.phone()))
	back()
}

// waitsFor requires that Sapa does not connect while a ban runs, even when asked, and says why.
func (b *beside) waitsFor(t *testing.T, n *number) {
	t.Helper()
	problem := refusal(t, b.owner.Do(patient(t), http.MethodPost, "/v1/numbers/"+n.id+"/restart", nil, nil))
	require.Equal(t, 409, problem.Status)
	require.Contains(t, problem.Detail, "make it worse")
}

// reported requires the event of the state in the log.
func (b *beside) reported(t *testing.T, n *number, says string) {
	t.Helper()
	want := strings.Fields(says)
	n.p.event(t, "number.state", n.id, map[string]any{"state": want[0], "cause": want[1], "cause_code": want[2]})
}

// A phone that refuses is the same to both, and the next try works for both.
func TestSideBySideARefusedPairing(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	for _, phone := range []string{"6281125000001", "6281125000002"} {
		require.NoError(t, b.net.Do(ctx, http.MethodPost, "/accounts", map[string]string{"phone": phone}, nil))
		require.NoError(t, b.net.SetFault(ctx, phone, "refuse_pairing", true))
	}
	n, err := b.owner.AddNumber(ctx, "Toko")
	require.NoError(t, err)
	text, err := b.owner.QR(ctx, n.ID)
	require.NoError(t, err)
	require.ErrorContains(t, b.net.Scan(ctx, "6281125000001", text), "refused")
	require.NoError(t, b.owner.Do(ctx, http.MethodDelete, "/v1/numbers/"+n.ID+"/pairing", nil, nil))
	for _, phone := range []string{"6281125000001", "6281125000002"} {
		require.NoError(t, b.net.Heal(ctx, phone))
	}
	b.link(t, &number{b.place, n.ID, "6281125000001"})
	b.client(t, "6281125000002")
}
