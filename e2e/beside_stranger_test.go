package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// strangers makes people who never wrote.
func strangers(from string, n int) (all []string) {
	for i := range n {
		all = append(all, from+fmt.Sprint(10+i))
	}
	return all
}

// WhatsApp caps messages to people who never wrote: what is over it is refused, once and for good, while those who wrote are
// answered as ever, and an answer makes room. Sapa does not go looking for that room: after a refusal it lets new chats rest.
func TestSideBySideTheCapOnNewChats(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	ctx := patient(t)
	for i, c := range []companion{b.number(t, "6281126000001"), b.client(t, "6281126000002")} {
		refusal := []string{"reachout_locked", "463"}[i]
		known, cold := contactOf(80+i), strangers("62857260000"+fmt.Sprint(i), 3)
		require.NoError(t, b.net.Write(ctx, known, c.phone(), "halo"))
		shows(t, c, known, "halo")
		require.NoError(t, b.net.SetFault(ctx, c.phone(), "new_chat_cap", 2))
		for n, to := range cold {
			_, refused, err := c.send(ctx, to, "promo")
			require.NoError(t, err)
			require.Equal(t, []string{"", "", refusal}[n], refused, "stranger %d", n)
		}
		_, refused, err := c.send(ctx, known, "siap kak")
		require.NoError(t, err)
		require.Empty(t, refused, "who wrote is answered all the same")

		require.NoError(t, b.net.Write(ctx, cold[0], c.phone(), "boleh"))
		shows(t, c, cold[0], "boleh")
		if n, ours := c.(*number); ours {
			waits(t, "degraded reachout_timelock 463", n.state)
			m, err := b.owner.Send(ctx, n.id, "+"+cold[2], "promo lagi")
			require.NoError(t, err)
			waits(t, "locked", func(ctx context.Context) (string, error) { return n.waiting(ctx, m.ID) })
		} else {
			_, refused, err = c.send(ctx, cold[2], "promo lagi")
			require.NoError(t, err)
			require.Empty(t, refused, "an answer makes room for one")
			b.clean(t, c.phone(), cold[2], 1)
		}
		s, err := b.net.Judge(ctx, c.phone(), cold[2])
		require.NoError(t, err)
		require.Equal(t, 1, s.Refused, "a refusal is not repeated")
		b.clean(t, c.phone(), known, 1)
		b.clean(t, known, c.phone(), 1)
	}
}

// The toy model: a number that writes to strangers is banned, whether they block it or there are too many of them.
func TestSideBySideStrangersEndANumber(t *testing.T) {
	t.Parallel()
	b := startBeside(t)
	for i, c := range []companion{
		b.number(t, "6281127000001"), b.client(t, "6281127000002"), b.number(t, "6281127000003"), b.client(t, "6281127000004"),
	} {
		ctx := patient(t)
		cold := strangers("62857270000"+fmt.Sprint(i), 2)
		knob, says := "ban_after_cold", []string{"paused temporary_ban 101", "temporary_ban 101"}[i%2]
		if i > 1 {
			knob, says = "ban_after_reports", []string{"paused temporary_ban 102", "temporary_ban 102"}[i%2]
			for _, who := range cold {
				require.NoError(t, b.net.Do(ctx, http.MethodPatch, "/contacts/"+who, map[string]any{"behaviour": map[string]any{"block_after": 1}}, nil))
			}
		}
		require.NoError(t, b.net.SetFault(ctx, c.phone(), knob, 2))
		for _, to := range cold {
			_, refused, err := c.send(ctx, to, "promo")
			require.NoError(t, err)
			require.Empty(t, refused)
		}
		waits(t, says, c.state)
		require.NoError(t, b.net.Heal(ctx, c.phone()))
		if n, ours := c.(*number); ours {
			b.waitsFor(t, n)
			b.reported(t, n, says)
		} else {
			c.login(t)
			waits(t, "connected", c.state)
		}
		for _, to := range cold {
			b.clean(t, c.phone(), to, 1)
		}
	}
}
