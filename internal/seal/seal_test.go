package seal

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/fault"
)

const vector = "v1:f0ec2f8ded370ccb:AAECAwQFBgcICQoL:cOCFH9IRnS2s8oElv_66eG__HW8"

// The format is stored in databases, so it never changes: these texts open for ever.
func TestVector(t *testing.T) {
	t.Parallel()
	k, err := KeyOf(bytes.Repeat([]byte{7}, KeySize))
	require.NoError(t, err)
	nonce, _ := hex.DecodeString("000102030405060708090a0b")
	sealed := k.sealWith(nonce, "table|column|row", []byte("halo"))
	require.Equal(t, vector, sealed)
	plain, err := k.Open("table|column|row", vector)
	require.NoError(t, err)
	require.Equal(t, "halo", string(plain))
}

func TestEveryChangedCharacterIsNoticed(t *testing.T) {
	t.Parallel()
	k := NewKey()
	sealed := k.Seal("here", []byte("secret"))
	for i := range sealed {
		for _, c := range []byte{'A', 'B', ':'} {
			if sealed[i] == c {
				continue
			}
			changed := sealed[:i] + string(c) + sealed[i+1:]
			_, err := k.Open("here", changed)
			require.Error(t, err, "character %d", i)
		}
	}
	for n := range len(sealed) {
		_, err := k.Open("here", sealed[:n])
		require.Error(t, err)
	}
}

func TestErrorsTellTheCases(t *testing.T) {
	t.Parallel()
	k := NewKey()
	sealed := k.Seal("here", nil)
	_, err := k.Open("there", sealed)
	require.ErrorIs(t, err, ErrTampered)
	_, err = NewKey().Open("here", sealed)
	require.ErrorIs(t, err, ErrWrongKey)
	_, err = k.Open("here", "plain text")
	require.ErrorIs(t, err, ErrMalformed)
	require.NotEqual(t, sealed, k.Seal("here", nil))
}

func TestAKeyDoesNotShowItselfInLogs(t *testing.T) {
	t.Parallel()
	k := NewKey()
	require.Equal(t, "key "+k.ID, fmt.Sprint(k))
	require.NotContains(t, fmt.Sprintf("%+v %v %s", k, k, k), k.Text())
}

func TestWrappedKeysOpenTheSame(t *testing.T) {
	t.Parallel()
	master, data := NewKey(), NewKey()
	back, err := master.Unwrap("w1", master.Wrap("w1", data))
	require.NoError(t, err)
	require.Equal(t, data.ID, back.ID)
	_, err = master.Unwrap("w2", master.Wrap("w1", data))
	require.ErrorIs(t, err, ErrTampered)
}

func TestSources(t *testing.T) {
	t.Parallel()
	k := NewKey()
	file := filepath.Join(t.TempDir(), "deep", "master.key")
	_, _, err := Load(Source{File: file})
	require.Equal(t, "no_master_key", fault.ReasonOf(err))

	made, from, err := Load(Source{File: file, Create: true})
	require.NoError(t, err)
	require.True(t, from.Created)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	again, from, err := Load(Source{File: file, Create: true})
	require.NoError(t, err)
	require.Equal(t, made.ID, again.ID)
	require.False(t, from.Created)

	byValue, from, err := Load(Source{Value: k.Text(), File: file})
	require.NoError(t, err)
	require.Equal(t, k.ID, byValue.ID)
	require.Equal(t, "value", from.From)

	byCredential, _, err := Load(Source{Credential: file})
	require.NoError(t, err)
	require.Equal(t, made.ID, byCredential.ID)

	_, _, err = Load(Source{Value: "short"})
	require.Equal(t, "malformed_master_key", fault.ReasonOf(err))
	require.NoError(t, os.Chmod(file, 0o644))
	_, from, err = Load(Source{File: file})
	require.NoError(t, err)
	require.True(t, from.Exposed)
}

func TestTwoFirstStartsMakeOneKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			k, _, err := Load(Source{File: file, Create: true})
			require.NoError(t, err)
			ids[i] = k.ID
		})
	}
	all.Wait()
	require.Equal(t, strings.Repeat(ids[0], len(ids)), strings.Join(ids, ""))
}

func TestTheNextKeyStaysTheSameUntilItIsPromoted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	old, _, err := Load(Source{File: file, Create: true})
	require.NoError(t, err)
	next, err := Next(file)
	require.NoError(t, err)
	again, err := Next(file)
	require.NoError(t, err)
	require.Equal(t, next.ID, again.ID)
	require.NoError(t, Promote(file))
	now, _, err := Load(Source{File: file})
	require.NoError(t, err)
	require.Equal(t, next.ID, now.ID)
	before, _, err := Load(Source{File: file + ".previous"})
	require.NoError(t, err)
	require.Equal(t, old.ID, before.ID)
}

func TestADerivedSecretIsOfItsKeyAndPurpose(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte{7}, KeySize)
	key, err := KeyOf(raw)
	require.NoError(t, err)
	again, err := KeyOf(raw)
	require.NoError(t, err)
	require.Equal(t, key.Derive("reach"), again.Derive("reach"), "the same on every node")
	require.NotEqual(t, key.Derive("reach"), key.Derive("other"))
	require.NotEqual(t, key.Derive("reach"), NewKey().Derive("reach"))
	require.NotEqual(t, [KeySize]byte(raw), key.Derive(""), "the key itself stays")
}
