package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
)

// sapa runs the program in this process and returns what it printed and its exit code.
func sapa(t *testing.T, ctx context.Context, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(ctx, args, nil, &out, &err)
	return out.String(), err.String(), code
}

// installation is a data folder with its key, as flags. It is in simulator mode, as the demo is, because a process talks to
// one kind of WhatsApp only.
func installation(t *testing.T) []string {
	t.Helper()
	dir, root := t.TempDir(), (&sim.Network{}).RootKey()
	return []string{"--data.dir=" + filepath.Join(dir, "data"), "--secret.key_file=" + filepath.Join(dir, "master.key"),
		"--http.listen=127.0.0.1:0", "--log.level=error",
		"--whatsapp.simulator.url=http://127.0.0.1:1", "--whatsapp.simulator.root=" + base64.StdEncoding.EncodeToString(root[:])}
}

// served starts and stops the server once, so that the database exists.
func served(t *testing.T, settings []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	stop := &stopAt{Writer: &out, word: "setup?token=", stop: cancel}
	require.Zero(t, run(ctx, append([]string{"serve"}, settings...), nil, stop, &errs), errs.String())
	return out.String()
}

func TestTheFirstStartPrintsTheSetupLink(t *testing.T) {
	t.Parallel()
	settings := installation(t)
	require.Regexp(t, `http://localhost:\d+/setup\?token=\S+`, served(t, settings))
	key := strings.TrimPrefix(settings[1], "--secret.key_file=")
	info, err := os.Stat(key)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the master key is nobody else's")
}

func TestToolsWorkOnTheInstallation(t *testing.T) {
	t.Parallel()
	settings := installation(t)
	served(t, settings)
	with := func(args ...string) (string, string, int) { return sapa(t, t.Context(), append(args, settings...)...) }

	out, errs, code := with("user", "create", "ayu@example.com", "--name", "Ayu", "--administrator")
	require.Zero(t, code, errs)
	require.Contains(t, out, "/password-reset/")
	out, errs, code = with("workspace", "create", "Toko Melati", "--owner", "ayu@example.com")
	require.Zero(t, code, errs)
	workspace := regexp.MustCompile(`^\S+`).FindString(out)
	_, errs, code = with("user", "create", "budi@example.com", "--name", "Budi", "--workspace", workspace, "--role", "agent")
	require.Zero(t, code, errs)
	out, _, _ = with("user", "list")
	require.Contains(t, out, "budi@example.com")
	out, _, _ = with("workspace", "list")
	require.Contains(t, out, "Toko Melati")
	out, _, code = with("user", "reset", "budi@example.com")
	require.Zero(t, code)
	require.Contains(t, out, "/password-reset/")
	_, errs, code = with("user", "reset", "nobody@example.com")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "nobody@example.com")
}

func TestTheMasterKeyIsChanged(t *testing.T) {
	t.Parallel()
	settings := installation(t)
	served(t, settings)
	key := strings.TrimPrefix(settings[1], "--secret.key_file=")
	before, err := os.ReadFile(key)
	require.NoError(t, err)
	out, errs, code := sapa(t, t.Context(), append([]string{"secret", "rotate"}, settings...)...)
	require.Zero(t, code, errs)
	require.Contains(t, out, ".previous")
	after, err := os.ReadFile(key)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	served(t, settings)
	require.NoError(t, os.Remove(key))
	_, errs, code = sapa(t, t.Context(), append([]string{"serve"}, settings...)...)
	require.Equal(t, 1, code, "a lost key is not replaced silently")
	require.Contains(t, errs, "does not exist")
	_, errs, code = sapa(t, t.Context(), append([]string{"secret", "forget", "--yes"}, settings...)...)
	require.Zero(t, code, errs)
	served(t, settings)
}

func TestSettingsAreCheckedPrintedAndDocumented(t *testing.T) {
	t.Parallel()
	out, _, code := sapa(t, t.Context(), "config", "check")
	require.Zero(t, code)
	require.Contains(t, out, "fine")
	out, _, _ = sapa(t, t.Context(), "config", "print", "--http.listen=127.0.0.1:9")
	require.Contains(t, out, "http.listen = 127.0.0.1:9  (flag)")
	out, _, _ = sapa(t, t.Context(), "config", "doc")
	require.Contains(t, out, "| `http.listen` |")
	_, errs, code := sapa(t, t.Context(), "config", "check", "--http.lissten=x")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "http.listen")
}

func TestWrongArgumentsSayWhatToDo(t *testing.T) {
	t.Parallel()
	_, errs, code := sapa(t, t.Context(), "dance")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "--help")
	out, _, code := sapa(t, t.Context(), "--help")
	require.Zero(t, code)
	require.Contains(t, out, "demo")
	out, _, _ = sapa(t, t.Context(), "version")
	require.Contains(t, out, "sapa ")
	_, errs, code = sapa(t, t.Context(), "healthcheck", "--http.listen=127.0.0.1:1")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "not running")
}

func TestTheDemoInvitesAndThrowsItsDataAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	stop := &stopAt{Writer: &out, word: "Ctrl+C", stop: cancel}
	require.Zero(t, run(ctx, []string{"demo", "--http.listen=127.0.0.1:0"}, nil, stop, &errs), errs.String())
	require.Contains(t, out.String(), "demo@sapa.example")
	folder := regexp.MustCompile(`file=(\S+)/master.key`).FindStringSubmatch(errs.String())
	require.NotNil(t, folder, errs.String())
	require.NoDirExists(t, folder[1])
}

func TestTheSimulatorSaysHowToPointAtIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	stop := &stopAt{Writer: &out, word: "Nothing here reaches", stop: cancel}
	require.Zero(t, run(ctx, []string{"sim", "--listen", "127.0.0.1:0"}, nil, stop, &errs), errs.String())
	require.Contains(t, out.String(), "root: ")
}

// stopAt ends the program once it has printed a word.
type stopAt struct {
	Writer interface{ Write([]byte) (int, error) }
	word   string
	stop   context.CancelFunc
}

func (s *stopAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.word) {
		defer s.stop()
	}
	return s.Writer.Write(p)
}
