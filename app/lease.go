package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/store"
)

const (
	renewEvery = 5 * time.Second
	// giveUpAfter is shorter than the lease (15 s), so that the numbers have stopped when another node may take them.
	giveUpAfter = 12 * time.Second
)

// leaseKeeper holds this node's lease and tells when it is lost. On SQLite the lock on the data folder already keeps others
// out; the lease is kept all the same, so that one road is tested.
type leaseKeeper struct {
	leases store.Leases
	node   string
	log    *slog.Logger

	mu    sync.Mutex
	epoch int64
	lost  chan struct{}
}

func newLeaseKeeper(leases store.Leases, node string, log *slog.Logger) *leaseKeeper {
	return &leaseKeeper{leases: leases, node: node, log: log, lost: make(chan struct{})}
}

// Node is this node's name.
func (k *leaseKeeper) Node() string { return k.node }

// Epoch is the epoch of the lease held, 0 before the first.
func (k *leaseKeeper) Epoch() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.epoch
}

// Lost is closed when the lease held now is lost.
func (k *leaseKeeper) Lost() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lost
}

// acquire takes the lease, trying again until ctx ends.
func (k *leaseKeeper) acquire(ctx context.Context) error {
	for {
		epoch, err := k.leases.Acquire(ctx, k.node)
		if err == nil {
			k.mu.Lock()
			k.epoch, k.lost = epoch, make(chan struct{})
			k.mu.Unlock()
			return nil
		}
		k.log.Warn("no lease for this node yet", "node", k.node, "error", err)
		if !wait(ctx, time.Second) {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// hold renews the lease until ctx ends (then it is given back) or it is lost.
func (k *leaseKeeper) hold(ctx context.Context) {
	renewed := time.Now()
	for wait(ctx, renewEvery) {
		attempt, cancel := context.WithTimeout(ctx, renewEvery)
		err := k.leases.Renew(attempt, k.node, k.Epoch())
		cancel()
		switch {
		case err == nil:
			renewed = time.Now()
		case fault.ReasonOf(err) == "lease_lost", time.Since(renewed) > giveUpAfter-renewEvery:
			k.log.Error("the lease of this node is lost; its numbers stop until it has a new one", "node", k.node, "error", err)
			k.mu.Lock()
			close(k.lost)
			k.mu.Unlock()
			return
		default:
			k.log.Warn("the lease was not renewed; trying again", "node", k.node, "error", err)
		}
	}
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewEvery)
	defer cancel()
	if err := k.leases.Release(release, k.node, k.Epoch()); err != nil {
		k.log.Warn("the lease was not given back; it ends by itself", "node", k.node, "error", err)
	}
}

// run calls work while the lease is held, again and again after each loss, until ctx ends. The first lease must have been
// acquired. The lease is given back only after work has returned.
func (k *leaseKeeper) run(ctx context.Context, work func(context.Context) error) error {
	for {
		holding, release := context.WithCancel(context.WithoutCancel(ctx))
		var held sync.WaitGroup
		held.Go(func() { k.hold(holding) })
		err := work(ctx)
		release()
		held.Wait()
		if err != nil || ctx.Err() != nil {
			return err
		}
		if err := k.acquire(ctx); err != nil {
			return nil // only the end of ctx ends acquire
		}
	}
}

// wait waits for d and reports whether ctx is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
