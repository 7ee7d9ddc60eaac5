package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/seal"
)

// RotateMaster wraps every data key anew, from cfg.Master to next, and tells how many it
// wrapped. The database must not be served meanwhile. It may be interrupted at any
// moment: until it is run again to its end with the same two keys, Open refuses. Errors:
// fault.Conflict with reason data_folder_in_use, nodes_running or wrong_master_key.
func RotateMaster(ctx context.Context, cfg Config, next *seal.Key) (wrapped int, err error) {
	if cfg.Master == nil || next == nil {
		return 0, errors.New("store: changing the master key needs both keys")
	}
	db, err := openUnchecked(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.engine.close()) }()
	known, err := db.masters(ctx)
	if err != nil {
		return 0, err
	}
	old := cfg.Master
	for id := range known {
		if id != old.ID && id != next.ID {
			return 0, wrongMaster()
		}
	}
	if _, ok := known[old.ID]; !ok {
		return 0, openCanary(known, next) // done before
	}
	if err := errors.Join(openCanary(known, old), db.nobodyServes(ctx)); err != nil {
		return 0, err
	}
	if err := db.addMaster(ctx, next); err != nil {
		return 0, err
	}
	for {
		n, err := db.wrapSome(ctx, old, next)
		wrapped += n
		if err != nil {
			return wrapped, err
		}
		if n == 0 {
			return wrapped, db.dropMaster(ctx, old)
		}
	}
}

// ForgetMaster makes a database whose master key is lost usable again under cfg.Master:
// numbers pair again and secrets are entered again; everything else stays readable.
func ForgetMaster(ctx context.Context, cfg Config) (err error) {
	if cfg.Master == nil {
		return errors.New("store: no master key")
	}
	db, err := openUnchecked(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.engine.close()) }()
	if err := db.nobodyServes(ctx); err != nil {
		return err
	}
	return db.forgetKeys(ctx, cfg.Master)
}

// checkMaster refuses a database that was sealed with another key; a new one takes the key it is given.
func (db *DB) checkMaster(ctx context.Context) error {
	master := db.cfg.Master
	if master == nil {
		return errors.New("store: no master key")
	}
	known, err := db.masters(ctx)
	switch {
	case err != nil:
		return err
	case len(known) == 0:
		return db.addMaster(ctx, master)
	case len(known) > 1:
		return fault.Errorf(fault.Conflict, "a change of the master key was not finished; run it again with both keys (sapa secret rotate)").Because("rotation_unfinished")
	}
	return openCanary(known, master)
}

const canary = "sapa: this text opens with the right master key"

func canaryPlace(id string) string { return "master_keys|canary|" + id }

func openCanary(known map[string]string, master *seal.Key) error {
	sealed, ok := known[master.ID]
	if !ok {
		return wrongMaster()
	}
	text, err := master.Open(canaryPlace(master.ID), sealed)
	if err != nil {
		return fmt.Errorf("store: the canary of the master key does not open: %w", err)
	}
	if string(text) != canary {
		return errors.New("store: the canary of the master key is not ours")
	}
	return nil
}

func wrongMaster() error {
	return fault.Errorf(fault.Conflict, "this database was sealed with another master key than the one given; restore the right key, or declare it lost (every number pairs again and secrets are entered again, all else stays)").Because("wrong_master_key")
}
