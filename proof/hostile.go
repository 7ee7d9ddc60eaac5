package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// hostile sends malformed requests to every operation of the program's own document, from people and programs who may.
// Beside it others go on talking in another workspace of the installation.
func hostile(ctx context.Context, r *run) error {
	requests := pick(r, 10_000, 1_000_000)
	row := r.row("bodies", fmt.Sprintf("%d mutated requests to every route, with valid credentials: 0 panics, 0 answers of 5xx for bad input, and nothing of others is lost", requests))
	w, err := r.open(ctx, plan{numbers: 4, beat: 500 * time.Millisecond, settings: []string{
		"--http.trusted_proxies=127.0.0.1", // each worker comes from addresses of its own: wrong passwords lock an address out
		"--number.max_per_workspace=400", "--number.pairings_per_hour=60"}})
	if err != nil {
		return err
	}
	siege, err := w.besiege(ctx)
	if err != nil {
		return err
	}
	stop := w.talk(ctx)
	r.say("%d operations", len(siege.targets))
	begun := time.Now()
	const workers = 8
	group, attack := errgroup.WithContext(ctx)
	for i := range workers {
		group.Go(func() error { return siege.work(attack, uint64(i), requests/workers) })
	}
	err = group.Wait()
	row.measure("%d requests, %.0f a second", siege.tally.total(), float64(siege.tally.total())/time.Since(begun).Seconds())
	if stopped := stop(); stopped != nil {
		row.keep(false, "%v", stopped)
	}
	if err != nil {
		return err
	}
	siege.tally.judge(row, len(siege.targets))
	if err := w.settle(ctx, row, time.Minute); err != nil {
		return err
	}
	return w.intact(ctx, row)
}

// slowest is the longest that an answer may take. Passwords are hashed with care, and eight at once on two cores take their time.
const slowest = 10 * time.Second

// work sends so many requests.
func (s *siege) work(ctx context.Context, seed uint64, n int) error {
	random := rand.New(rand.NewPCG(seed, 1))
	worker := &besieger{siege: s, random: random, http: &http.Client{Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	defer worker.http.CloseIdleConnections()
	for i := range n {
		t := s.targets[(i+int(seed)*7)%len(s.targets)]
		if costly[t.String()] && random.IntN(20) > 0 {
			t = s.targets[random.IntN(len(s.targets))]
		}
		if err := worker.attack(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// costly are operations that hash a password, end the session, or make something that all later lists show: they come less often.
var costly = map[string]bool{
	"POST /v1/login": true, "POST /v1/logout": true, "POST /v1/me/password": true, "POST /v1/invitations/{id}/accept": true,
	"POST /v1/password-reset/{token}": true, "POST /v1/workspaces": true, "POST /v1/api-keys": true, "POST /v1/invitations": true,
	"POST /v1/numbers": true, "POST /v1/realtime/app/rotate": true, "POST /v1/people/{id}/password-reset": true,
}

// tally is what came of the requests.
type tally struct {
	mu      sync.Mutex
	n       int
	by      map[int]int
	reached map[string]bool // operations that answered with success at least once
	refused map[string]int  // reasons of 503
	slow    time.Duration
	slowAt  string
	wrong   map[string]int // what may never be, with an example
}

func (t *tally) total() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// refusals are the reasons with which the program says 503 to a request that is right: the number is not connected now.
var refusals = map[string]bool{"number_offline": true}

// insides are words that no answer should have; as whole words, since an id may hold any letters.
var insides = regexp.MustCompile(`\b(sqlite|SQLSTATE|pgx|goroutine|runtime error)\b|\.go:|\bsql: `)

func (t *tally) note(target string, resp *http.Response, body []byte, took time.Duration, sent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	t.by[resp.StatusCode]++
	if took > t.slow {
		t.slow, t.slowAt = took, target
	}
	if resp.StatusCode < 300 {
		t.reached[target] = true
	}
	if took > slowest {
		t.wrong[fmt.Sprintf("%s took %s", target, took.Round(time.Second))]++
	}
	if resp.StatusCode < 400 {
		return
	}
	var problem struct {
		Status               int
		Code, Reason, Detail string
	}
	err := json.Unmarshal(body, &problem)
	switch {
	case resp.StatusCode == http.StatusServiceUnavailable && refusals[problem.Reason]:
		t.refused[problem.Reason]++
	case resp.StatusCode >= 500:
		t.wrong[fmt.Sprintf("%s answered %d %s to %.300s", target, resp.StatusCode, bytes.TrimSpace(body), sent)]++
	case strings.HasPrefix(target, "sockets "): // Pusher's API answers in plain text
	case !strings.HasPrefix(sent, "/v1/"): // not the API
	case resp.StatusCode == http.StatusBadRequest && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json"):
		t.by[-1]++ // net/http's own answer to what is no HTTP
	case err != nil || problem.Status != resp.StatusCode || problem.Code == "":
		t.wrong[fmt.Sprintf("%s answered %d without a problem: %.200s, to %.300s", target, resp.StatusCode, body, sent)]++
	}
	if insides.MatchString(problem.Detail) {
		t.wrong[fmt.Sprintf("%s tells its inside: %.200s, to %.200s", target, problem.Detail, sent)]++
	}
}

func (t *tally) fail(target string, err error, sent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	t.wrong[fmt.Sprintf("%s did not answer: %v, to %.300s", target, err, sent)]++
}

func (t *tally) judge(row *row, targets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, status := range slices.Sorted(maps.Keys(t.by)) {
		all = append(all, fmt.Sprintf("%d of %d", t.by[status], status))
	}
	row.measure("%s; %d of %d operations also answered with success; the slowest took %.1f s (%s)", strings.Join(all, ", "), len(t.reached), targets, t.slow.Seconds(), t.slowAt)
	if len(t.refused) > 0 {
		row.measure("503 for a number that is not connected: %v", t.refused)
	}
	row.keep(len(t.reached)*2 > targets, "the requests do not reach far: %d of %d operations succeeded", len(t.reached), targets)
	for i, text := range slices.Sorted(maps.Keys(t.wrong)) {
		row.keep(i >= 8, "%d times: %s", t.wrong[text], text)
	}
}

// besieger is one who sends.
type besieger struct {
	*siege
	random *rand.Rand
	http   *http.Client
	cookie string
	csrf   string
}

// attack sends one mutated request.
func (b *besieger) attack(ctx context.Context, t target) error {
	req, sent, err := b.request(ctx, t)
	if err != nil {
		return nil // nothing that can be sent
	}
	if err := b.credentials(ctx, t, req); err != nil {
		return err
	}
	begun := time.Now()
	resp, err := b.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.tally.fail(t.String(), err, sent)
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		b.tally.fail(t.String(), err, sent)
		return nil
	}
	if resp.StatusCode == http.StatusUnauthorized {
		b.cookie = ""
	}
	b.tally.note(t.String(), resp, body, time.Since(begun), sent)
	b.learn(t, resp.StatusCode, body)
	return nil
}
