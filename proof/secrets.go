package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// secrets plants everything secret that goes through the program in a busy day, under the most talkative log, and searches for
// it where it may not be.
func secrets(ctx context.Context, r *run) error {
	const least = 200
	row := r.row("", fmt.Sprintf("%d planted secrets, raw and encoded, searched for in the database, its write-ahead log and copies, the log at debug, "+
		"figures, profiles, error texts and answers: 0 found", least))
	vault := &vault{secrets: map[string]string{}}
	post, err := newPostOffice()
	if err != nil {
		return err
	}
	r.after(post.close)
	debug, settings, err := r.secretSettings(vault, post)
	if err != nil {
		return err
	}
	w, err := r.open(ctx, plan{numbers: 2, beat: time.Second, settings: settings,
		env: []string{"SAPA_MAIL_PASSWORD=" + vault.secrets["password of the mail server"]}, password: vault.plant("password in the address of the database", "kenari-basis-data-9d1e7a")})
	if err != nil {
		return err
	}
	d := &day{w: w, vault: vault}
	if err := d.live(ctx); err != nil {
		return err
	}
	hay := &haystack{texts: map[string][]byte{}, database: map[string]bool{}}
	for _, step := range []func() error{
		func() error { return hay.gather(ctx, w, d, debug) },
		func() error { return w.files(ctx, hay, "running") },
		func() error { return w.end(ctx) },
		func() error { return w.files(ctx, hay, "stopped") },
		func() error { return w.deviceKeys(ctx, vault) },
		func() error { return w.tomorrow(ctx, hay) },
		func() error { return w.diary(hay) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	row.keep(len(vault.secrets) >= least, "only %d secrets were planted", len(vault.secrets))
	vault.search(row, hay)
	return nil
}

// secretSettings are those with which as much as possible is told, and a password given as a flag, which the list of processes shows and
// nothing of ours may.
func (r *run) secretSettings(vault *vault, post *postOffice) (debug string, settings []string, err error) {
	vault.plant("password of the mail server", "kenari-surat-5f2b90c4")
	debug, port, err := drive.Reserve()
	if err != nil {
		return "", nil, err
	}
	r.after(func() { _ = port.Close() })
	return debug, []string{"--log.level=debug", "--http.debug_listen=" + debug, "--mail.host=127.0.0.1", "--mail.port=" + post.port(), "--mail.tls=none",
		"--mail.user=sapa", "--mail.from=sapa@example.com", "--number.proxy_networks=127.0.0.0/8"}, nil
}

// vault holds what must not be found, by what it is.
type vault struct {
	secrets map[string]string
	// stored are texts that the database holds by right; they are searched for everywhere else.
	stored []string
}

// plant notes a secret and returns it.
func (v *vault) plant(what, secret string) string {
	for i := 2; v.secrets[what] != "" && v.secrets[what] != secret; i++ {
		what = fmt.Sprintf("%s (%d)", strings.TrimRight(strings.TrimSuffix(what, ")"), "0123456789("), i)
	}
	v.secrets[what] = secret
	return secret
}

// search looks for every secret, in every spelling, in everything.
func (v *vault) search(row *row, hay *haystack) {
	found, bytesRead := 0, 0
	for _, where := range slices.Sorted(maps.Keys(hay.texts)) {
		bytesRead += len(hay.texts[where])
		for _, what := range slices.Sorted(maps.Keys(v.secrets)) {
			if how := spelling(hay.texts[where], v.secrets[what]); how != "" {
				found++
				row.keep(found > 8, "%s is in %s, %s", what, where, how)
			}
		}
		if hay.database[where] {
			continue
		}
		for _, text := range v.stored {
			if how := spelling(hay.texts[where], text); how != "" {
				found++
				row.keep(found > 8, "the text %q is in %s, %s", text, where, how)
			}
		}
	}
	seen := 0
	for where := range hay.database {
		for _, text := range v.stored {
			if spelling(hay.texts[where], text) != "" {
				seen++
				break
			}
		}
	}
	row.keep(seen > 0, "the search does not even find the texts of messages, which the database holds")
	row.measure("%d secrets and %d texts in %d places of %.0f MB: %d found", len(v.secrets), len(v.stored), len(hay.texts), float64(bytesRead)/1e6, found)
}

// end stops the program.
func (w *world) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	return w.program.Stop(ctx)
}

// tomorrow starts a build of the program that knows one more migration, so that it copies the database before.
func (w *world) tomorrow(ctx context.Context, hay *haystack) error {
	if w.r.engine != sqlite {
		return nil
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	sql := filepath.Join(w.r.dir, "9999_proof.sql")
	if err := os.WriteFile(sql, []byte("-- +goose Up\nCREATE TABLE proof_of_a_copy (id TEXT);\n"), 0o600); err != nil {
		return err
	}
	binary := filepath.Join(w.r.dir, "sapa-of-tomorrow")
	if err := buildOver(ctx, binary, map[string]string{filepath.Join(root, "store", "migration", "9999_proof.sql"): sql}); err != nil {
		return err
	}
	w.server.Upgrade(binary)
	if _, err := w.server.Launch(ctx); err != nil {
		return err
	}
	if err := w.end(ctx); err != nil {
		return err
	}
	copies, err := filepath.Glob(filepath.Join(w.program.Data(), "*.before-*"))
	if err != nil || len(copies) == 0 {
		return fmt.Errorf("the database was not copied before it was migrated: %w", err)
	}
	return w.files(ctx, hay, "a day later")
}

// keyText is the master key as its file holds it.
func (w *world) keyText() (text string, raw []byte, err error) {
	data, err := os.ReadFile(filepath.Join(w.dir, "master.key"))
	if err != nil {
		return "", nil, err
	}
	text = strings.TrimSpace(string(data))
	raw, err = base64.StdEncoding.DecodeString(text)
	return text, raw, err
}
