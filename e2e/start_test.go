package e2e_test

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/store/storetest"
)

// What an operator gets wrong at the start ends the program with one clear message and without a secret in it.

func TestAPortInUseStopsTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	says := refusedStart(t, 1, "--http.listen="+taken.Addr().String())
	require.Contains(t, says, "address already in use")
	require.Contains(t, says, "--http.listen")
}

func TestAWrongPostgresAddressStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url, says string
		code      int
	}{
		"nobody answers":        {"postgres://sapa:rahasia@127.0.0.1:1/sapa", "connection refused", 1},
		"another kind of store": {"mysql://sapa:rahasia@127.0.0.1/sapa", "postgres://", 2},
		"no address at all":     {"postgres://sapa:rahasia@[::1/sapa", "postgres://", 2},
		"a parameter is wrong":  {"postgres://sapa:rahasia@127.0.0.1/sapa?sslmode=perhaps", "database.url", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says := refusedStart(t, c.code, "--database.url="+c.url)
			require.Contains(t, says, c.says)
			require.NotContains(t, says, "rahasia", "the password is not shown")
		})
	}
}

func TestADatabaseThatDoesNotExistStopsTheStart(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.Postgres(t).Postgres)
	require.NoError(t, err)
	u.Path = "/tidak_ada"
	require.Contains(t, refusedStart(t, 1, "--database.url="+u.String()), "tidak_ada")
}

func TestAnotherMasterKeyIsRefusedAndTheRightOneStillWorks(t *testing.T) {
	t.Parallel()
	p := open(t)
	ctx := patient(t)
	require.NoError(t, p.server.Stop(ctx))
	other := filepath.Join(t.TempDir(), "other.key")
	require.NoError(t, os.WriteFile(other, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 0o600))
	args := append([]string{"serve"}, p.server.Arguments("127.0.0.1:0")...)
	out, err := exec.CommandContext(ctx, binary(t), append(args, "--secret.key_file="+other)...).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "master key")
	_, err = p.server.Launch(ctx)
	require.NoError(t, err)
}

// bare starts the program on a fresh folder, against a simulated network, without any setup.
func bare(t *testing.T, o drive.Options) *drive.Server {
	t.Helper()
	o.Binary = binary(t)
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	o.Settings = append(simulated(t), o.Settings...)
	s, err := drive.Start(patient(t), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Kill()
		if log, err := s.Log(); err == nil && t.Failed() {
			t.Log(log)
		}
	})
	return s
}

func simulated(t *testing.T) []string {
	t.Helper()
	network := &sim.Network{}
	require.NoError(t, network.Start())
	t.Cleanup(func() { _ = network.Close() })
	return drive.Simulated(network)
}

// refusedStart starts the program with the settings, wants it to end with the code, and returns what it said.
func refusedStart(t *testing.T, code int, settings ...string) string {
	t.Helper()
	dir, program := t.TempDir(), binary(t) // built before the time runs
	args := append([]string{"serve", "--http.listen=127.0.0.1:0", "--data.dir=" + dir, "--secret.key_file=" + filepath.Join(dir, "master.key")}, simulated(t)...)
	cmd := exec.CommandContext(patient(t), program, append(args, settings...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, string(out))
	require.Equal(t, code, exit.ExitCode(), string(out))
	return string(out)
}
