package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/sapa-chat/sapa/wa"
)

func TestASimulatorNeedsBothURLAndRootAndIsForTheWholeProcess(t *testing.T) {
	var root [32]byte
	root[0] = 1
	for name, s := range map[string]Simulator{
		"no root": {URL: "http://127.0.0.1:1"},
		"no url":  {Root: root},
		"https":   {URL: "https://127.0.0.1:1", Root: root},
	} {
		_, err := networkOf(&s)
		require.Error(t, err, name)
	}
}

func TestNoLineOfTheLogHoldsAPhoneOrAStanza(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := clientLog{log: slog.New(slog.NewTextHandler(&out, nil)), module: "client"}
	l.Warnf("Failed to parse message from %s: %v", "6281234567890@s.whatsapp.net", "no")
	l.Warnf("Node handling took %s for %s", "6s", strings.Repeat("<message>", 1000))
	l.Debugf("secret %s", "key material")
	l.Errorf("Error reading from websocket: %v", "EOF")
	require.NotContains(t, out.String(), "6281234567")
	require.Contains(t, out.String(), "…890@s.whatsapp.net")
	require.Less(t, out.Len(), 1000)
	require.NotContains(t, out.String(), "secret")
	require.NotContains(t, out.String(), "websocket", "a closed socket is no warning")
}

func TestTheCacheKeepsItsBound(t *testing.T) {
	t.Parallel()
	c := newCache(10_000)
	for i := range 100 {
		c.put(1, Key{KindSession, fmt.Sprint(i)}, make([]byte, 300))
	}
	require.LessOrEqual(t, c.size, 10_000)
	_, ok := c.get(1, Key{KindSession, "99"})
	require.True(t, ok)
	_, ok = c.get(1, Key{KindSession, "0"})
	require.False(t, ok, "the longest unused went first")
	_, ok = c.get(2, Key{KindSession, "99"})
	require.False(t, ok, "another connection sees nothing of it")
	c.put(2, Key{KindSession, "0"}, nil)
	c.drop(1)
	require.Len(t, c.items, 1, "the other connection keeps what it has")
	c.drop(2)
	require.Zero(t, c.size)
	require.Zero(t, c.order.Len())
	require.Empty(t, c.items)
}

func TestWhatWhatsAppAnswersDecidesWhatBecomesOfASend(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]wa.Outcome{"463": wa.Locked, "400": wa.Rejected, "479": wa.Rejected, "429": wa.NotSent, "503": wa.NotSent} {
		err := sendError(fmt.Errorf("%w %s", whatsmeow.ErrServerReturnedError, code))
		require.Equal(t, want, wa.OutcomeOf(err), code)
		require.Equal(t, code, wa.CodeOf(err))
	}
	require.Equal(t, wa.NotSent, wa.OutcomeOf(sendError(whatsmeow.ErrNotConnected)))
	require.Equal(t, wa.NoAccount, wa.OutcomeOf(sendError(fmt.Errorf("no LID found for 1@s.whatsapp.net from server"))))
	require.Equal(t, wa.Unclear, wa.OutcomeOf(sendError(whatsmeow.ErrMessageTimedOut)))
}

func TestAProxyIsReadWithoutRepeatingItsSecret(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"ftp://u:secret@h", "socks5://", "http://u:secret@%zz"} {
		_, err := ParseProxy(bad)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "secret")
	}
	_, err := ParseProxy("socks5://u:secret@10.0.0.1:1080")
	require.NoError(t, err)
}

func TestAnOperatorsVersionWins(t *testing.T) {
	t.Parallel()
	set, err := newPayload("2.3000.5", "")
	require.NoError(t, err)
	require.Equal(t, "2.3000.5", set.refresh(store.WAVersionContainer{2, 3000, 9_999_999_999 % (1 << 32)}).String())
	free, err := newPayload("", "")
	require.NoError(t, err)
	newer := store.WAVersionContainer{2, 4000, 1}
	require.Equal(t, newer, free.refresh(newer))
	require.Equal(t, newer, free.refresh(store.WAVersionContainer{2, 1, 1}), "never backwards")
	_, err = newPayload("new", "")
	require.Error(t, err)
}

// records is a device store in memory.
type records struct {
	DeviceStore
	all    map[Key][]byte
	writes int
	lids   map[string]string
}

func (r *records) Read(_ context.Context, _ wa.NumberRef, kind Kind, names ...string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, n := range names {
		if v, ok := r.all[Key{kind, n}]; ok {
			found[n] = v
		}
	}
	return found, nil
}

func (r *records) Scan(_ context.Context, _ wa.NumberRef, kind Kind, prefix string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for k, v := range r.all {
		if k.Kind == kind && strings.HasPrefix(k.Name, prefix) {
			found[k.Name] = v
		}
	}
	return found, nil
}

func (r *records) Write(_ context.Context, _ wa.NumberRef, b Batch) error {
	r.writes++
	for _, p := range b.Put {
		r.all[p.Key] = p.Value
	}
	for _, k := range b.Delete {
		delete(r.all, k)
	}
	for _, p := range b.LIDs {
		r.lids[p.Phone] = p.LID
	}
	return nil
}

func (r *records) LIDs(_ context.Context, _ string, phones ...string) (map[string]string, error) {
	found := map[string]string{}
	for _, p := range phones {
		if lid, ok := r.lids[p]; ok {
			found[p] = lid
		}
	}
	return found, nil
}

func (r *records) Phones(context.Context, string, ...string) (map[string]string, error) {
	return nil, nil
}

func newRecords() *records { return &records{all: map[Key][]byte{}, lids: map[string]string{}} }

func ringOn(t *testing.T, s *records, generation uint64) *ring {
	r := newRing(s, wa.NumberRef{Workspace: "w", ID: "n"}, newCache(1<<20), generation, time.Now, func(err error) { t.Error(err) })
	t.Cleanup(func() { r.kill(errClosed) })
	return r
}

func TestAReceivedMessageIsDurableOnlyWithItsPlaintextOrAfterItWasHandled(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newRecords()
	r := ringOn(t, s, 1)
	sum := [32]byte{7}
	require.NoError(t, r.DoDecryptionTxn(ctx, func(ctx context.Context) error {
		require.NoError(t, r.PutSession(ctx, "a:0", []byte("after")))
		return r.PutBufferedEvent(ctx, sum, []byte("halo"), time.Now())
	}))
	require.Zero(t, s.writes, "nothing is durable before it is handled")
	got, err := r.GetSession(ctx, "a:0")
	require.NoError(t, err)
	require.Equal(t, "after", string(got), "the next message sees it")

	require.NoError(t, r.PutManySessions(ctx, map[string][]byte{"b:0": []byte("sent")})) // a send comes between
	require.Equal(t, 1, s.writes)
	require.Contains(t, s.all, Key{KindSession, "a:0"})
	require.Contains(t, s.all, hash(sum).key(), "the plaintext went with it")

	after := ringOn(t, s, 2) // as after a crash
	require.NoError(t, after.loadFlights(ctx))
	buffered, err := after.GetBufferedEvent(ctx, sum)
	require.NoError(t, err)
	require.Equal(t, "halo", string(buffered.Plaintext))
	require.NoError(t, after.ClearBufferedEventPlaintext(ctx, sum))
	require.NoError(t, after.flush(ctx))
	require.NotContains(t, s.all, hash(sum).key())
}

func TestADecryptionWaitsForAnEncryptionAndDoesNotUndoIt(t *testing.T) {
	t.Parallel()
	r := ringOn(t, newRecords(), 1)
	ctx, end := r.turns.encrypting(t.Context())
	defer end()
	_, err := r.GetManySessions(ctx, []string{"a:0"})
	require.NoError(t, err)
	begun, done := make(chan struct{}), make(chan error)
	go func() {
		close(begun)
		done <- r.DoDecryptionTxn(t.Context(), func(ctx context.Context) error {
			session, err := r.GetSession(ctx, "a:0")
			if err != nil {
				return err
			}
			return r.PutSession(ctx, "a:0", append(session, " and decrypted"...))
		})
	}()
	<-begun
	select {
	case <-done:
		require.Fail(t, "it decrypted while a send had read the session and not yet written it")
	case <-time.After(20 * time.Millisecond):
	}
	require.NoError(t, r.PutManySessions(ctx, map[string][]byte{"a:0": []byte("encrypted")}))
	require.NoError(t, <-done)
	got, err := r.GetSession(t.Context(), "a:0")
	require.NoError(t, err)
	require.Equal(t, "encrypted and decrypted", string(got))
}

func TestASendThatEndsEarlyGivesItsTurnBack(t *testing.T) {
	t.Parallel()
	r := ringOn(t, newRecords(), 1)
	ctx, end := r.turns.encrypting(t.Context())
	_, err := r.GetManySessions(ctx, []string{"a:0"})
	require.NoError(t, err)
	end()
	require.NoError(t, r.DoDecryptionTxn(t.Context(), func(context.Context) error { return nil }))
}

func TestADecryptionThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newRecords()
	r := ringOn(t, s, 1)
	require.Error(t, r.DoDecryptionTxn(ctx, func(ctx context.Context) error {
		require.NoError(t, r.PutSession(ctx, "a:0", []byte("half")))
		return fmt.Errorf("bad mac")
	}))
	got, err := r.GetSession(ctx, "a:0")
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestOneTimeKeysAreUsedOnce(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newRecords()
	r := ringOn(t, s, 1)
	made, err := r.GetOrGenPreKeys(ctx, 40)
	require.NoError(t, err)
	again, err := r.GetOrGenPreKeys(ctx, 40)
	require.NoError(t, err)
	require.Equal(t, made[39].Priv, again[39].Priv, "keys that were not uploaded are offered again")
	require.NoError(t, r.MarkPreKeysAsUploaded(ctx, made[39].KeyID))
	count, err := r.UploadedPreKeyCount(ctx)
	require.NoError(t, err)
	require.Equal(t, 40, count)
	require.NoError(t, r.RemovePreKey(ctx, made[3].KeyID))
	require.NoError(t, r.RemovePreKey(ctx, made[3].KeyID))
	gone, err := r.GetPreKey(ctx, made[3].KeyID)
	require.NoError(t, err)
	require.Nil(t, gone)
	count, err = r.UploadedPreKeyCount(ctx)
	require.NoError(t, err)
	require.Equal(t, 39, count)
	key, err := r.GetPreKey(ctx, made[38].KeyID)
	require.NoError(t, err)
	require.Equal(t, made[38].Pub, key.Pub)
	fresh, err := r.GetOrGenPreKeys(ctx, 1)
	require.NoError(t, err)
	require.NotEqual(t, made[39].KeyID, fresh[0].KeyID)
}

func TestOneTimeKeysLeaveTheMemoryOnceWhatsAppHasThem(t *testing.T) {
	t.Parallel()
	ctx, r := t.Context(), ringOn(t, newRecords(), 1)
	made, err := r.GetOrGenPreKeys(ctx, 812)
	require.NoError(t, err)
	before := r.cache.size
	require.Greater(t, before, 812*32)
	require.NoError(t, r.MarkPreKeysAsUploaded(ctx, made[811].KeyID))
	require.Less(t, r.cache.size, before-812*32)
	for k := range r.cache.items[r.generation] {
		require.NotEqual(t, KindPrekeys, k.Kind)
	}
}

func TestAPersonsKeysMoveFromPhoneToLID(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newRecords()
	r := ringOn(t, s, 1)
	pn, lid := types.NewJID("62811", types.DefaultUserServer), types.NewJID("999", types.HiddenUserServer)
	require.NoError(t, r.PutSession(ctx, pn.SignalAddressUser()+":0", []byte("session")))
	require.NoError(t, r.PutSenderKey(ctx, "group", pn.SignalAddressUser()+":0", []byte("sender")))
	require.NoError(t, r.MigratePNToLID(ctx, pn, lid))
	got, err := r.GetSession(ctx, lid.SignalAddressUser()+":0")
	require.NoError(t, err)
	require.Equal(t, "session", string(got))
	got, err = r.GetSenderKey(ctx, "group", lid.SignalAddressUser()+":0")
	require.NoError(t, err)
	require.Equal(t, "sender", string(got))
	old, err := r.HasSession(ctx, pn.SignalAddressUser()+":0")
	require.NoError(t, err)
	require.False(t, old)
}
