package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

const masterKey = "c2FwYS1zYXBhLXNhcGEtc2FwYS1zYXBhLXNhcGEtMzI=" // 32 bytes

// The service manager hears when the program serves, that it lives, and that it stops.
func TestSystemdIsNotified(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "sapa-n") // the path of a socket is short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	next := func() string {
		require.NoError(t, socket.SetReadDeadline(time.Now().Add(5*time.Minute)))
		buffer := make([]byte, 256)
		n, err := socket.Read(buffer)
		require.NoError(t, err)
		return string(buffer[:n])
	}

	s := bare(t, drive.Options{Env: []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000"}})
	require.Equal(t, "READY=1", next())
	require.Equal(t, "WATCHDOG=1", next())
	require.Equal(t, "WATCHDOG=1", next(), "again and again")
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(patient(t)) }()
	word := next()
	for word == "WATCHDOG=1" {
		word = next()
	}
	require.Equal(t, "STOPPING=1", word)
	require.NoError(t, <-stopped)
}

// The unit's LoadCredential= hands the key over in a folder that only the service sees.
func TestTheMasterKeyComesAsASystemdCredential(t *testing.T) {
	t.Parallel()
	credentials, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(credentials, "sapa-master-key")
	require.NoError(t, os.WriteFile(file, []byte(masterKey+"\n"), 0o440)) //nolint:gosec // as systemd does
	s := bare(t, drive.Options{Dir: dir, Env: []string{"CREDENTIALS_DIRECTORY=" + credentials}, Settings: []string{"--secret.key_file="}})
	log, err := s.Log()
	require.NoError(t, err)
	require.NotContains(t, log, "master key", "none was made, and its mode is systemd's care")
	require.NoDirExists(t, filepath.Join(dir, ".config"))
	require.NoError(t, s.Stop(patient(t)))

	require.NoError(t, os.Remove(file))
	_, err = s.Launch(patient(t))
	require.Error(t, err, "without its key the database is refused")
	log, err = s.Log()
	require.NoError(t, err)
	require.Contains(t, log, "master key")
}
