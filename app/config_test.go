package app_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/app"
)

var update = flag.Bool("update", false, "rewrite generated files")

func TestTheReferenceIsCurrent(t *testing.T) {
	file := filepath.Join("..", "docs", "config.md")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(app.Reference()), 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(have), app.Reference(), "run: go test ./app -update")
}

func TestDefaultsAreValid(t *testing.T) {
	l, err := app.Load("", nil, nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", l.Config.HTTP.Listen)
	require.Empty(t, l.Config.HTTP.TrustedProxies)
}

func TestWrongSettingsSayWhatToDo(t *testing.T) {
	for flag, want := range map[string]string{
		"--http.listen=8080":                           "http.listen",
		"--http.tls_cert=a.pem":                        "give both or none",
		"--http.public_url=sapa.example.com":           "http.public_url",
		"--http.debug_listen=0.0.0.0:6060":             "loopback",
		"--http.trusted_proxies=proxy":                 "neither an address nor a network",
		"--number.proxy_networks=10.0.0.0/99":          "neither an address nor a network",
		"--whatsapp.simulator.url=http://127.0.0.1:1":  "give both or none",
		"--whatsapp.simulator.root=AAAA":               "give both or none",
		"--database.url=mysql://x":                     "postgres://",
		"--database.commit_delay=5ms":                  "only for measuring",
		"--database.commit_alone=true":                 "only for measuring",
		"--log.level=loud":                             "log.level",
		"--mail.host=smtp.example.com":                 "mail.from",
		"--events.keep=1s":                             "events.keep",
		"--number.pairings_per_hour=0":                 "number.pairings_per_hour",
		"--whatsapp.simulater.url=http://127.0.0.1:80": `did you mean "whatsapp.simulator.url"`,
	} {
		t.Run(flag, func(t *testing.T) {
			_, err := app.Load("", nil, []string{flag})
			require.ErrorContains(t, err, want)
		})
	}
}

func TestASimulatorNeedsBothAddressAndRoot(t *testing.T) {
	root := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	l, err := app.Load("", nil, []string{"--whatsapp.simulator.url=http://127.0.0.1:8090", "--whatsapp.simulator.root=" + root})
	require.NoError(t, err)
	require.True(t, l.Config.WhatsApp.Simulator.On())
	_, err = app.Load("", nil, []string{"--whatsapp.simulator.url=http://127.0.0.1:8090", "--whatsapp.simulator.root=short"})
	require.ErrorContains(t, err, "32 bytes")
}

func TestATypoInTheFileNamesLineAndKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sapa.yaml")
	require.NoError(t, os.WriteFile(file, []byte("http:\n  public_ulr: https://a.example\n"), 0o600))
	_, err := app.Load("", []string{app.EnvConfigFile + "=" + file}, nil)
	require.ErrorContains(t, err, "line 2")
	require.ErrorContains(t, err, `"http.public_url"`)
}

func TestACommitTakesLongerWhenMeasuringAsksForIt(t *testing.T) {
	l, err := app.Load("", nil, []string{"--whatsapp.simulator.url=http://127.0.0.1:8090",
		"--whatsapp.simulator.root=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "--database.commit_delay=20ms", "--database.commit_alone=true"})
	require.NoError(t, err)
	hooks := l.Config.Database.Hooks()
	require.True(t, hooks.Alone)
	begun := time.Now()
	require.NoError(t, hooks.BeforeCommit())
	require.GreaterOrEqual(t, time.Since(begun), 20*time.Millisecond)
	require.Nil(t, app.DatabaseConfig{}.Hooks().BeforeCommit)
}
