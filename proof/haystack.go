package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/sapa-chat/sapa/internal/seal"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/wa/web"
)

// haystack is everything that is searched, by where it is from.
type haystack struct {
	texts    map[string][]byte
	database map[string]bool // those places that hold texts of messages by right
}

// gather reads what the running program tells: figures, profiles, log, and what it has answered.
func (h *haystack) gather(ctx context.Context, w *world, d *day, debug string) error {
	for _, path := range []string{"heap", "allocs", "goroutine?debug=2", "goroutine", "block", "mutex", "threadcreate", "cmdline", "profile?seconds=1", "trace?seconds=1", ""} {
		text, err := fetch(ctx, "http://"+debug+"/debug/pprof/"+path)
		if err != nil {
			return err
		}
		h.texts["the profile "+path] = text
	}
	figures, err := fetch(ctx, w.url+"/metrics")
	if err != nil {
		return err
	}
	h.texts["the figures"] = figures
	h.texts["the error texts"] = d.errors.Bytes()
	h.texts["the answers"] = d.answers.Bytes()
	h.database["the answers"] = true // texts of messages are among them
	return nil
}

// fetch reads a page, inflated when it is compressed.
func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %w", url, resp.Status, err)
	}
	if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		return io.ReadAll(z)
	}
	return data, nil
}

// files reads the database: its files, or all rows of all tables.
func (w *world) files(ctx context.Context, h *haystack, when string) error {
	if w.r.engine == postgres {
		return w.tables(ctx, h, when)
	}
	all, err := filepath.Glob(filepath.Join(w.program.Data(), "*"))
	if err != nil {
		return err
	}
	for _, file := range all {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := when + ": " + filepath.Base(file)
		h.texts[name], h.database[name] = data, true
	}
	return nil
}

func (w *world) tables(ctx context.Context, h *haystack, when string) error {
	db, err := sql.Open("pgx", w.databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	names, err := column(ctx, db, `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		return err
	}
	for _, table := range names {
		rows, err := column(ctx, db, "SELECT row_to_json(t)::text FROM "+table+" t")
		if err != nil {
			return err
		}
		name := when + ": the table " + table
		h.texts[name], h.database[name] = []byte(strings.Join(rows, "\n")), true
	}
	return nil
}

func column(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// diary reads what the program has logged, which must be at its most talkative.
func (w *world) diary(h *haystack) error {
	log, err := w.program.Log()
	if err != nil {
		return err
	}
	h.texts["the log"] = []byte(log)
	if !strings.Contains(log, "level=DEBUG") {
		return errors.New("the log tells no details")
	}
	return nil
}

// deviceKeys reads what the program has sealed of its numbers' keys.
func (w *world) deviceKeys(ctx context.Context, v *vault) error {
	text, raw, err := w.keyText()
	if err != nil {
		return err
	}
	v.plant("master key as text", text)
	v.plant("master key", string(raw))
	key, err := seal.KeyOf(raw)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{Folder: w.program.Data(), Postgres: w.databaseURL, Master: key})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for i, l := range w.lanes {
		n := wa.NumberRef{ID: l.Number, Workspace: w.owner.Workspace}
		found, err := store.Devices{DB: db}.Read(ctx, n, web.KindDevice, "")
		if err != nil {
			return err
		}
		var d struct {
			Noise, Identity [32]byte
			SignedPreKey    [32]byte `json:"signed_prekey"`
			AdvSecret       []byte   `json:"adv_secret"`
		}
		if err := json.Unmarshal(found[""], &d); err != nil {
			return fmt.Errorf("the record of a device: %w", err)
		}
		for what, secret := range map[string][]byte{"Noise": d.Noise[:], "identity": d.Identity[:], "signed prekey": d.SignedPreKey[:], "pairing secret": d.AdvSecret} {
			v.plant(fmt.Sprintf("device %d, %s", i, what), string(secret))
		}
		for _, kind := range []web.Kind{web.KindSession, web.KindPrekeys, web.KindAppKey} {
			all, err := store.Devices{DB: db}.Scan(ctx, n, kind, "")
			if err != nil {
				return err
			}
			for name, value := range all {
				v.plant(fmt.Sprintf("device %d, %s %s", i, kind, name), string(value[:min(len(value), 64)]))
			}
		}
	}
	return nil
}
