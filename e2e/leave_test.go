package e2e_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// Numbers that leave: deleted while nothing answers, and taken along to another agency.

func TestADeletionEndsWhileEverythingHangs(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		number, account := p.linked(t, "6281140000001")
		_, err := p.net.Contact("6285740000001").Write(ctx, account, "halo")
		require.NoError(t, err)
		c := p.conversation(t, 1)
		account.SetFaults(func(f *sim.Faults) { f.Stall = true })
		_, err = p.owner.Send(ctx, number, "+6285740000001", "tidak akan sampai")
		require.NoError(t, err)

		require.NoError(t, p.owner.Do(ctx, http.MethodDelete, "/v1/numbers/"+number, nil, nil), "it does not wait for WhatsApp, which hangs for ever")
		require.NoError(t, drive.Until(patient(t), func() (bool, error) {
			problem := new(drive.Problem)
			_, err := p.owner.Number(ctx, number)
			return errors.As(err, &problem) && problem.Status == http.StatusNotFound, nil
		}), "the number goes")
		p.event(t, "number.deleted", number, nil)
		all, err := p.owner.Messages(ctx, c.ID)
		require.NoError(t, err)
		require.NotEmpty(t, all, "the conversation stays readable")
	})
}

func TestACustomerTakesThePhoneToAnotherAgency(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		p := start()
		ctx := patient(t)
		old, account := p.linked(t, "6281140000011")
		next := p.workspace(t, "Agensi Kenanga")
		n, err := next.owner.AddNumber(ctx, "Toko pindahan")
		require.NoError(t, err)

		text, err := next.owner.QR(ctx, n.ID)
		require.NoError(t, err)
		_ = account.Scan(ctx, text) // the phone sees its scan refused
		why := next.pairingFails(t, n.ID)
		require.Contains(t, why, "Linked devices")
		require.NotContains(t, why, "Melati", "it does not name the workspace that holds the phone")
		require.NoError(t, p.owner.WaitState(ctx, old, "connected"))
		next.event(t, "number.state", n.ID, map[string]any{"state": "created", "previous": "pairing", "cause": "pairing_ended"})

		require.NoError(t, account.Unlink(account.Companions()[0].Device))
		require.NoError(t, p.owner.WaitState(ctx, old, "logged_out"))
		require.NoError(t, next.owner.Pair(ctx, n.ID, account))
		_, err = p.net.Contact("6285740000011").Write(ctx, account, "sudah pindah?")
		require.NoError(t, err)
		require.Equal(t, "sudah pindah?", next.conversation(t, 1).LastMessage.Text)
		left, err := p.owner.Conversations(ctx)
		require.NoError(t, err)
		require.Empty(t, left, "the old agency sees nothing of it")
	})
}

// workspace makes another workspace of the same person and acts in it.
func (p *place) workspace(t *testing.T, name string) *place {
	t.Helper()
	var made struct{ ID string }
	require.NoError(t, p.owner.Do(patient(t), http.MethodPost, "/v1/workspaces",
		map[string]string{"name": name, "country": "ID", "timezone": "Asia/Jakarta"}, &made))
	owner := *p.owner
	owner.Workspace = made.ID
	return &place{net: p.net, server: p.server, owner: &owner}
}
