package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"
)

// profile keeps the profiles of a load that runs now, if wanted: processor, waits and locks over the measured time, and
// the heap at its end; of simulator and load the processor alone. The answer comes when they are written.
func (w *world) profile(ctx context.Context, name string, d time.Duration) <-chan error {
	done := make(chan error, 1)
	if w.debug == "" || name == "" {
		done <- nil
		return done
	}
	base := filepath.Join(w.set.profiles, w.engine+"-"+strings.ReplaceAll(name, "/", "-"))
	go func() { done <- w.keepProfiles(ctx, base, d) }()
	return done
}

func (w *world) keepProfiles(ctx context.Context, base string, d time.Duration) error {
	if err := os.MkdirAll(w.set.profiles, 0o755); err != nil {
		return err
	}
	own, err := os.Create(base + "-load.cpu.pprof")
	if err != nil {
		return err
	}
	defer func() { _ = own.Close() }()
	if err := pprof.StartCPUProfile(own); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	if err := w.rates(ctx, 10_000, 10); err != nil {
		return err
	}
	seconds := max(1, int(d/time.Second))
	during := make(chan error, 3)
	for _, kind := range []string{"profile", "block", "mutex"} {
		go func() { during <- w.fetch(ctx, fmt.Sprintf("%s?seconds=%d", kind, seconds), base+"."+kind+".pprof") }()
	}
	for range cap(during) {
		err = errors.Join(err, <-during)
	}
	err = errors.Join(err, w.rates(ctx, 0, 0))
	return errors.Join(err, w.fetch(ctx, "allocs", base+".allocs.pprof"), w.fetch(ctx, "heap", base+".heap.pprof"))
}

// rates turns the program's profiles of waits and locks on: one sample per so many nanoseconds waited, one of so many locks.
func (w *world) rates(ctx context.Context, block, mutex int) error {
	url := fmt.Sprintf("http://%s/debug/rates?block=%d&mutex=%d", w.debug, block, mutex)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("profile rates: %s", resp.Status)
	}
	return nil
}

// fetch writes one profile of the program to a file.
func (w *world) fetch(ctx context.Context, kind, file string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.debug+"/debug/pprof/"+kind, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("profile %s: %s", kind, resp.Status)
	}
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, resp.Body)
	return errors.Join(err, to.Close())
}
