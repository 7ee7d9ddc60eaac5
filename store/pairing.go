package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
)

// StartPairing implements number.Store.
func (s Numbers) StartPairing(ctx context.Context, workspace, numberID string, allowed int, window time.Duration) (limit number.PairingLimit, ok bool, err error) {
	pairing := id.New()
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		// The plan's row serves as the lock of the workspace's count.
		if _, err := tx.Exec(ctx, `UPDATE plans SET max_numbers = max_numbers WHERE workspace = $1`, workspace); err != nil {
			return fmt.Errorf("lock the pairings: %w", err)
		}
		if limit, err = readLimit(ctx, tx, workspace, allowed, window); err != nil {
			return err
		}
		if ok = allowed < 0 || limit.Remaining > 0; !ok {
			return nil
		}
		if _, err := tx.Exec(ctx, `INSERT INTO pairings (workspace, id, number, started_at) VALUES ($1, $2, $3, $4)`, workspace, pairing, numberID, tx.Now()); err != nil {
			return fmt.Errorf("count a pairing: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM pairings WHERE workspace = $1 AND started_at < $2`, workspace, tx.Now()-10*window.Milliseconds()); err != nil {
			return fmt.Errorf("forget old pairings: %w", err)
		}
		limit, err = readLimit(ctx, tx, workspace, allowed, window)
		return err
	})
	return limit, ok, err
}

// PairingLimit implements number.Store.
func (s Numbers) PairingLimit(ctx context.Context, workspace string, allowed int, window time.Duration) (limit number.PairingLimit, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		limit, err = readLimit(ctx, tx, workspace, allowed, window)
		return err
	})
	return limit, err
}

// readLimit counts the pairings of the window. One that seems to lie in the future (the clock was set back) does not count.
func readLimit(ctx context.Context, tx *Tx, workspace string, allowed int, window time.Duration) (number.PairingLimit, error) {
	var started int
	var oldest int64
	now := tx.Now()
	err := tx.QueryRow(ctx, `SELECT count(*), COALESCE(min(started_at), 0) FROM pairings WHERE workspace = $1 AND started_at > $2 AND started_at <= $3`,
		workspace, now-window.Milliseconds(), now).Scan(&started, &oldest)
	if err != nil {
		return number.PairingLimit{}, fmt.Errorf("count pairings: %w", err)
	}
	limit := number.PairingLimit{Allowed: allowed, Remaining: max(0, allowed-started)}
	if started > 0 {
		limit.ResetsAt = clock.FromMillis(oldest).Add(window)
	}
	return limit, nil
}

// Admit implements number.Store. The unique index decides, also between two that scan at the same instant.
func (s Numbers) Admit(ctx context.Context, n wa.NumberRef, phone wa.Phone) error {
	holder, held, err := s.Holder(ctx, phone)
	if err != nil {
		return err
	}
	if held && (holder.Workspace != n.Workspace || holder.ID != n.ID) {
		return phoneLinked()
	}
	err = s.DB.Write(ctx, n.Workspace, func(tx *Tx) error {
		if err := fence(ctx, tx, n); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE numbers SET linked_phone = $3 WHERE workspace = $1 AND id = $2`, n.Workspace, n.ID, string(phone))
		return err
	})
	if IsUnique(err) {
		return phoneLinked()
	}
	return err
}

// phoneLinked does not say who: the other workspace may be somebody else's.
func phoneLinked() error {
	return fault.Errorf(fault.Conflict, "This phone is already linked to another number here. On the phone, open WhatsApp, Settings, Linked devices, "+
		"log out the old link, then scan again.").Because("phone_already_linked")
}
