package number_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa"
)

func (w *world) store() store.Numbers { return store.Numbers{DB: w.db} }

func TestWhatAPersonMayWriteIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ws := w.workspace(5)
		for name, c := range map[string]struct {
			draft number.Draft
			code  fault.Code
		}{
			"no name":            {number.Draft{}, fault.Invalid},
			"a long name":        {number.Draft{Name: strings.Repeat("x", 101)}, fault.Invalid},
			"nothing to see":     {number.Draft{Name: " \u200b"}, fault.Invalid},
			"two lines":          {number.Draft{Name: "a\nb"}, fault.Invalid},
			"a turned name":      {number.Draft{Name: "a\u202eb"}, fault.Invalid},
			"a strange provider": {number.Draft{Name: "a", Provider: "carrier pigeon"}, fault.Invalid},
			"a strange proxy":    {number.Draft{Name: "a", Proxy: "ftp://user:secret@host"}, fault.Invalid},
			"metadata, no JSON":  {number.Draft{Name: "a", Metadata: json.RawMessage(`{`)}, fault.Invalid},
			"metadata, an array": {number.Draft{Name: "a", Metadata: json.RawMessage(`[]`)}, fault.Invalid},
			"much metadata":      {number.Draft{Name: "a", Metadata: json.RawMessage(`{"x":"` + strings.Repeat("x", 4096) + `"}`)}, fault.TooLarge},
		} {
			_, err := w.numbers.Create(t.Context(), ws, c.draft)
			require.Equal(t, c.code, fault.CodeOf(err), name)
			require.NotContains(t, err.Error(), "secret")
		}
	})
}

func TestANumberIsChangedAndIsTheOnlyPrimary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ws := w.workspace(5)
		first, second := w.create(ws), w.create(ws)
		name, proxy := "Branch", "socks5://user:secret@127.0.0.1:1"
		got, err := w.numbers.Update(t.Context(), ws, second.ID, number.Change{Name: &name, Proxy: &proxy, Metadata: json.RawMessage(`{"till":3}`)})
		require.NoError(t, err)
		require.Equal(t, "Branch", got.Name)
		require.Equal(t, proxy, got.Proxy)
		require.JSONEq(t, `{"till":3}`, string(got.Metadata))
		_, err = w.numbers.SetPrimary(t.Context(), ws, second.ID)
		require.NoError(t, err)
		all, err := w.numbers.List(t.Context(), ws)
		require.NoError(t, err)
		require.Equal(t, []string{second.ID, first.ID}, []string{all[0].ID, all[1].ID})
		require.False(t, all[1].Primary)
		require.NoError(t, w.numbers.Delete(t.Context(), ws, second.ID))
		require.True(t, w.state(first, number.Created).Primary, "another becomes the primary")
	})
}

func TestAnotherWorkspacesNumberIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, other, ctx := w.create(w.workspace(5)), w.workspace(5), t.Context()
		name := "mine"
		for what, do := range map[string]func() error{
			"get":     func() error { _, err := w.numbers.Get(ctx, other, n.ID); return err },
			"update":  func() error { _, err := w.numbers.Update(ctx, other, n.ID, number.Change{Name: &name}); return err },
			"pair":    func() error { _, err := w.numbers.Pair(ctx, other, n.ID, number.MethodQR, ""); return err },
			"pairing": func() error { _, err := w.numbers.Pairing(ctx, other, n.ID); return err },
			"cancel":  func() error { return w.numbers.CancelPairing(ctx, other, n.ID) },
			"passkey": func() error { _, err := w.numbers.AnswerPasskey(ctx, other, n.ID, nil); return err },
			"connect": func() error { _, err := w.numbers.Connect(ctx, other, n.ID); return err },
			"off":     func() error { _, err := w.numbers.Disconnect(ctx, other, n.ID); return err },
			"restart": func() error { _, err := w.numbers.Restart(ctx, other, n.ID); return err },
			"logout":  func() error { _, err := w.numbers.Logout(ctx, other, n.ID); return err },
			"delete":  func() error { return w.numbers.Delete(ctx, other, n.ID) },
			"primary": func() error { _, err := w.numbers.SetPrimary(ctx, other, n.ID); return err },
		} {
			require.Equal(t, fault.NotFound, fault.CodeOf(do()), what)
		}
		require.Equal(t, fault.Unavailable, fault.CodeOf(w.numbers.SetTyping(ctx, other, n.ID, wa.Identity{}, true)))
	})
}

func TestTypingAndReadMarksGoThroughTheLink(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n, phone := w.linked()
		ctx, ani := simtest.Context(t), w.net.Contact("6281300000001")
		written, err := ani.Write(ctx, phone, "halo")
		require.NoError(t, err)
		require.NoError(t, ani.WaitReceipt(ctx, written, "delivered"))
		who := wa.Identity{Phone: "+6281300000001", LID: wa.LID(ani.LID())}
		require.NoError(t, w.numbers.MarkRead(ctx, n.Workspace, n.ID, who, []string{written}))
		require.NoError(t, ani.WaitReceipt(ctx, written, "read"))
		require.NoError(t, w.numbers.SetTyping(ctx, n.Workspace, n.ID, who, true))
		require.NoError(t, ani.WaitTyping(ctx, phone, true))
		_, err = w.numbers.Disconnect(ctx, n.Workspace, n.ID)
		require.NoError(t, err)
		require.Equal(t, "number_offline", fault.ReasonOf(w.numbers.SetTyping(ctx, n.Workspace, n.ID, who, true)))
	})
}

func TestAMessageThatDidNotDecryptIsAskedForAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phone := w.linked()
		ctx := simtest.Context(t)
		ani := w.net.Contact("6281300000001")
		w.net.SetFaults(func(f *sim.Faults) { f.Corrupt = 1 })
		written, err := ani.Write(ctx, phone, "unreadable at first")
		require.NoError(t, err)
		require.NoError(t, ani.WaitReceipt(ctx, written, "delivered"))
		require.Equal(t, 1, contains(w.received(), "unreadable at first"))
	})
}

func TestDuplicatesArriveOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, phone := w.linked()
		w.net.SetFaults(func(f *sim.Faults) { f.Duplicate = 2 })
		for range 5 {
			w.hears(phone, id.New())
		}
		require.Len(t, w.received(), 5)
	})
}
