package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/store/storetest"
)

const (
	password = "sebuah sandi yang panjang"
	// nobody is a phone without WhatsApp.
	nobody = "6285799999999"
)

// TestMain builds the program once for all stories, into a folder of this run alone.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "sapa-e2e")
	if err != nil {
		panic(err)
	}
	program = sync.OnceValues(func() (string, error) { return build(filepath.Join(dir, "sapa")) })
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program is the path of the built program.
var program func() (string, error)

// build builds the program, with the race detector when the tests have it.
func build(path string) (string, error) {
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "github.com/sapa-chat/sapa/cmd/sapa")...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return path, err
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	return path
}

// place is one story's world: a network, the program on one of the engines, and its first person.
type place struct {
	net    *sim.Network
	server *drive.Server
	owner  *drive.Client
}

// each runs a story on every engine that is asked for and there.
func each(t *testing.T, story func(t *testing.T, start func(settings ...string) *place)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		story(t, func(settings ...string) *place {
			if cfg.Postgres != "" {
				settings = append(settings, "--database.url="+cfg.Postgres)
			}
			return open(t, settings...)
		})
	})
}

// open starts a network and the program, and sets it up.
func open(t *testing.T, settings ...string) *place {
	t.Helper()
	return openOn(t, &sim.Network{Unregistered: func(phone string) bool { return phone == nobody }}, settings...)
}

// openOn is open on a network with knobs of the story's choice.
func openOn(t *testing.T, net *sim.Network, settings ...string) *place {
	t.Helper()
	require.NoError(t, net.Start())
	t.Cleanup(func() { _ = net.Close() })
	p := launch(t, append(drive.Simulated(net), settings...)...)
	p.net = net
	return p
}

// launch starts the program on a network that is there, and sets it up. Stories that are told on SQLite alone are left
// out of a round on PostgreSQL, which has those of each.
func launch(t *testing.T, settings ...string) *place {
	t.Helper()
	if os.Getenv("SAPA_TEST_ENGINE") == "postgres" && !strings.Contains(strings.Join(settings, " "), "--database.url=postgres") {
		t.Skip("told on SQLite")
	}
	program := binary(t) // before the clock runs: it may have to be built
	ctx := patient(t)
	p := &place{}
	var err error
	p.server, err = drive.Start(ctx, drive.Options{Binary: program, Dir: t.TempDir(),
		Settings: append([]string{"--send.gap=0s", "--send.jitter=0s", "--number.pairings_per_hour=1000"}, settings...)})
	require.NoError(t, err)
	t.Cleanup(func() { p.end(t) })
	token, err := p.server.SetupToken()
	require.NoError(t, err)
	p.owner = drive.NewClient(p.server.URL)
	require.NoError(t, p.owner.Setup(ctx, token, "ayu@example.com", password))
	t.Cleanup(p.owner.Close)
	return p
}

// end kills the program and looks into its log.
func (p *place) end(t *testing.T) {
	t.Helper()
	p.server.Kill()
	log, err := p.server.Log()
	require.NoError(t, err)
	require.NotContains(t, log, "DATA RACE")
	require.NotContains(t, log, "panic:")
	if t.Failed() {
		t.Log(strings.TrimSpace(log))
	}
}

// linked adds a number and pairs it with the phone.
func (p *place) linked(t *testing.T, phone string) (number string, account *sim.Account) {
	t.Helper()
	ctx := patient(t)
	n, err := p.owner.AddNumber(ctx, "Toko "+phone)
	require.NoError(t, err)
	account = p.net.Account(phone)
	require.NoError(t, p.owner.Pair(ctx, n.ID, account))
	return n.ID, account
}

// patient is as long as a story waits for anything, on however busy a machine: no story measures.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
