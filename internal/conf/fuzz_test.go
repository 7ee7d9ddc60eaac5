package conf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sapa-chat/sapa/internal/conf"
)

type fuzzed struct {
	HTTP struct {
		Listen string        `conf:"listen" default:":1" doc:"a"`
		Wait   time.Duration `conf:"wait" doc:"a"`
		Names  []string      `conf:"names" doc:"a"`
	} `conf:"http"`
	Rate  float64 `conf:"rate" doc:"a"`
	Count int     `conf:"count" doc:"a"`
	On    bool    `conf:"on" doc:"a"`
}

// FuzzFile reads any file as settings. What is taken says the same when it is printed and read again.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"", "http:\n  listen: a\n  wait: 1s\n  names: [a, b]\nrate: 1.5\ncount: 7\non: true\n", "a: &a [*a]", "<<: {on: true}", "on: !!binary aGk=", "http: null",
		"? [a]\n: b", "rate: .nan", "count: 0x10", "\t", "a: b: c", "%YAML 9.9\n---\n", "on: yes\non: no"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(t.TempDir(), "sapa.yaml")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var c fuzzed
		fields, _, err := conf.Load(&c, conf.Source{File: file})
		if err != nil {
			return
		}
		for _, field := range fields {
			text := field.Text()
			if err := field.Set(text); err != nil || field.Text() != text {
				t.Errorf("%s: %q is read as %q, %v", field.Key, text, field.Text(), err)
			}
		}
	})
}

// FuzzFlags reads any arguments and environment.
func FuzzFlags(f *testing.F) {
	for _, seed := range []string{"--http.listen=a", "--on", "--count\x007", "--rate=1e400", "--http.wait=-1s", "--=", "-", "--http.names=,a,,b", "SAPA_ON=1", "SAPA_"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		var c fuzzed
		args := strings.Split(text, "\x00")
		settings, _ := conf.SplitArgs(args)
		_, _, _ = conf.Load(&c, conf.Source{Flags: settings, EnvPrefix: "SAPA_", Env: args})
	})
}
