package conf_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/internal/conf"
)

type settings struct {
	HTTP struct {
		Listen  string   `conf:"listen" default:"127.0.0.1:8080" doc:"Where to listen."`
		Proxies []string `conf:"trusted_proxies" doc:"Who may set X-Forwarded headers."`
	} `conf:"http"`
	Events struct {
		Keep time.Duration `conf:"keep" default:"720h" doc:"How long."`
		Max  int           `conf:"max" default:"10" doc:"How many."`
		On   bool          `conf:"on" default:"true" doc:"Whether."`
		Rate float64       `conf:"rate" default:"0.5" doc:"How fast."`
		Key  string        `conf:"key" secret:"true" doc:"A secret."`
	} `conf:"events"`
}

func load(t *testing.T, yaml string, env, flags []string) (settings, map[string]string, error) {
	t.Helper()
	src := conf.Source{EnvPrefix: "SAPA_", Env: env, Flags: flags}
	if yaml != "" {
		src.File = filepath.Join(t.TempDir(), "sapa.yaml")
		require.NoError(t, os.WriteFile(src.File, []byte(yaml), 0o600))
	}
	var s settings
	_, origin, err := conf.Load(&s, src)
	return s, origin, err
}

func TestEachSourceIsStrongerThanTheOneBefore(t *testing.T) {
	file := "http:\n  listen: file:1\nevents:\n  keep: 1h\n"
	s, origin, err := load(t, file, nil, nil)
	require.NoError(t, err)
	require.Equal(t, "file:1", s.HTTP.Listen)
	require.Equal(t, time.Hour, s.Events.Keep)
	require.Equal(t, "default", origin["events.max"])

	s, _, err = load(t, file, []string{"SAPA_HTTP_LISTEN=env:1", "HOME=/"}, nil)
	require.NoError(t, err)
	require.Equal(t, "env:1", s.HTTP.Listen)

	s, origin, err = load(t, file, []string{"SAPA_HTTP_LISTEN=env:1"}, []string{"--http.listen", "flag:1", "--events.on=false"})
	require.NoError(t, err)
	require.Equal(t, "flag:1", s.HTTP.Listen)
	require.False(t, s.Events.On)
	require.Equal(t, "flag", origin["http.listen"])
}

func TestListsInEverySource(t *testing.T) {
	want := []string{"10.0.0.1", "10.0.0.2"}
	s, _, err := load(t, "http:\n  trusted_proxies: [10.0.0.1, 10.0.0.2]\n", nil, nil)
	require.NoError(t, err)
	require.Equal(t, want, s.HTTP.Proxies)
	s, _, err = load(t, "", []string{"SAPA_HTTP_TRUSTED_PROXIES=10.0.0.1, 10.0.0.2"}, nil)
	require.NoError(t, err)
	require.Equal(t, want, s.HTTP.Proxies)
}

func TestATypoIsRefusedWithTheNearestName(t *testing.T) {
	for name, c := range map[string]struct {
		yaml       string
		env, flags []string
		want       []string
	}{
		"file":        {yaml: "http:\n  lissten: x\n", want: []string{"line 2", "http.lissten", `"http.listen"`}},
		"file group":  {yaml: "htp:\n  listen: x\n", want: []string{"line 1", `"http"`}},
		"file twice":  {yaml: "http:\n  listen: x\n  listen: y\n", want: []string{"line 3"}},
		"file value":  {yaml: "events:\n  keep: soon\n", want: []string{"line 2", "duration"}},
		"file shape":  {yaml: "http: 8080\n", want: []string{"line 1", "http"}},
		"environment": {env: []string{"SAPA_HTTP_LISTN=x"}, want: []string{"SAPA_HTTP_LISTN", `"SAPA_HTTP_LISTEN"`}},
		"flag":        {flags: []string{"--events.kep=1h"}, want: []string{"--events.kep", `"events.keep"`}},
		"flag value":  {flags: []string{"--events.max=many"}, want: []string{"events.max", "whole number"}},
		"flag alone":  {flags: []string{"--events.max"}, want: []string{"needs a value"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := load(t, c.yaml, c.env, c.flags)
			require.Error(t, err)
			for _, part := range c.want {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	var s settings
	fields, origin, err := conf.Load(&s, conf.Source{EnvPrefix: "SAPA_", Env: []string{"SAPA_EVENTS_KEY=hunter2"}})
	require.NoError(t, err)
	require.Equal(t, "hunter2", s.Events.Key)
	text := conf.Print(fields, origin)
	require.NotContains(t, text, "hunter2")
	require.Contains(t, text, "events.key = (set)  (environment)")
	require.Contains(t, conf.Markdown(fields), "| `events.keep` | `SAPA_EVENTS_KEEP` | duration | `720h` | How long. |")
}

func TestSplitArgs(t *testing.T) {
	settings, rest := conf.SplitArgs([]string{"serve", "--http.listen=:1", "--events.max", "3", "--verbose", "x"})
	require.Equal(t, []string{"--http.listen=:1", "--events.max", "3"}, settings)
	require.Equal(t, []string{"serve", "--verbose", "x"}, rest)
}
