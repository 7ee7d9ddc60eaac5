package app

import (
	"errors"
	"io/fs"
	"os"

	"github.com/sapa-chat/sapa/internal/conf"
)

const (
	envPrefix   = "SAPA_"
	defaultFile = "sapa.yaml"
	// EnvConfigFile names another configuration file; it is the one SAPA_ variable that is no setting.
	EnvConfigFile = "SAPA_CONFIG"
)

// ignoredEnv are SAPA_ variables that are read elsewhere.
func ignoredEnv() []string {
	return []string{EnvConfigFile, "SAPA_TEST_ENGINE", "SAPA_TEST_POSTGRES", "SAPA_TEST_NATS"}
}

// Loaded is a configuration with its reference and the origin of each value.
type Loaded struct {
	Config Config
	Fields []*conf.Field
	Origin map[string]string
}

// Load reads the settings: flags win over the environment, that over the file, that over the defaults.
// file may be empty: then SAPA_CONFIG, then sapa.yaml in the working directory if it exists. Everything is validated.
func Load(file string, env, flags []string) (*Loaded, error) {
	l, err := loadRaw(file, env, flags)
	if err != nil {
		return nil, err
	}
	if err := l.Config.Validate(); err != nil {
		return nil, err
	}
	return l, nil
}

func loadRaw(file string, env, flags []string) (*Loaded, error) {
	if file == "" {
		file = lookupEnv(env, EnvConfigFile)
	}
	if file == "" {
		if _, err := os.Stat(defaultFile); err == nil {
			file = defaultFile
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	l := &Loaded{}
	var err error
	l.Fields, l.Origin, err = conf.Load(&l.Config, conf.Source{
		File: file, EnvPrefix: envPrefix, Env: env, IgnoreEnv: ignoredEnv(), Flags: flags,
	})
	return l, err
}

func lookupEnv(env []string, name string) string {
	for _, pair := range env {
		if len(pair) > len(name) && pair[:len(name)] == name && pair[len(name)] == '=' {
			return pair[len(name)+1:]
		}
	}
	return ""
}

// Reference is the settings' reference in Markdown, as docs/config.md holds it.
func Reference() string {
	return "# Settings\n\nMade by `sapa config doc`; do not edit. Order of strength: flag (`--http.listen=…`), environment, file (`sapa.yaml`), default.\n" +
		"Unknown keys, variables and flags are refused. `sapa config check` tests a file, `sapa config print` shows what is in force and where it came from.\n" +
		conf.Markdown(conf.Fields(&Config{}, envPrefix))
}
