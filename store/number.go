package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
)

// Numbers implements number.Store.
type Numbers struct{ DB *DB }

var _ number.Store = Numbers{}

// numberColumns is a number with its lease and whether it has keys; n is the alias of numbers.
const numberColumns = `n.workspace, n.id, n.name, n.provider, n.phone, n.lid, n.push_name, n.state, n.cause, n.code, n.text, n.since, n.until,
	n.reachout_until, n.reachout_code,
	n.is_primary, n.enabled, n.last_activity, n.proxy, n.metadata, n.created_at,
	COALESCE((SELECT l.epoch FROM lanes l WHERE l.workspace = n.workspace AND l.number = n.id), 0),
	EXISTS (SELECT 1 FROM device_records d WHERE d.workspace = n.workspace AND d.number = n.id AND d.kind = 'device')`

// List implements number.Store.
func (s Numbers) List(ctx context.Context, workspace string) (all []number.Number, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		all, err = readNumbers(ctx, tx, `SELECT `+numberColumns+` FROM numbers n WHERE n.workspace = $1 AND n.deleted_at = 0
			ORDER BY n.is_primary DESC, n.created_at, n.id`, workspace)
		return err
	})
	return all, err
}

// Get implements number.Store.
func (s Numbers) Get(ctx context.Context, workspace, id string) (n number.Number, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		n, err = readNumber(ctx, tx, workspace, id)
		return err
	})
	return n, err
}

// readNumbers runs a query over numberColumns and opens the proxies.
func readNumbers(ctx context.Context, tx *Tx, query string, args ...any) ([]number.Number, error) {
	rows, err := tx.Query(ctx, query, args...)
	all, err := collect(rows, err, scanNumber)
	if err != nil {
		return nil, fmt.Errorf("read numbers: %w", err)
	}
	for i := range all {
		if all[i].Proxy == "" {
			continue
		}
		plain, err := tx.OpenFor(all[i].Workspace, proxyPlace(all[i].ID), all[i].Proxy)
		if err != nil {
			return nil, err
		}
		all[i].Proxy = string(plain)
	}
	return all, nil
}

func proxyPlace(id string) string { return AAD("numbers", "proxy", id) }

func readNumber(ctx context.Context, tx *Tx, workspace, id string) (number.Number, error) {
	found, err := readNumbers(ctx, tx, `SELECT `+numberColumns+` FROM numbers n WHERE n.workspace = $1 AND n.id = $2 AND n.deleted_at = 0`, workspace, id)
	if err == nil && len(found) == 0 {
		err = fault.Errorf(fault.NotFound, "no number %s", id)
	}
	if err != nil {
		return number.Number{}, err
	}
	return found[0], nil
}

func scanNumber(r row) (n number.Number, err error) {
	var since, until, reachout, last, created int64
	var metadata string
	err = r.Scan(&n.Workspace, &n.ID, &n.Name, &n.Provider, &n.Phone, &n.LID, &n.PushName, &n.State, &n.Cause, &n.Code, &n.Text, &since, &until,
		&reachout, &n.Reachout.Code,
		&n.Primary, &n.Enabled, &last, &n.Proxy, &metadata, &created, &n.Epoch, &n.Paired)
	n.Since, n.Until, n.LastActivity, n.CreatedAt = clock.FromMillis(since), clock.FromMillis(until), clock.FromMillis(last), clock.FromMillis(created)
	n.Reachout.Until = clock.FromMillis(reachout)
	n.Metadata = json.RawMessage(metadata)
	return n, err
}

// Create implements number.Store.
func (s Numbers) Create(ctx context.Context, d number.Number) (n number.Number, err error) {
	err = s.DB.Write(ctx, d.Workspace, func(tx *Tx) error {
		if err := checkPlan(ctx, tx, d.Workspace); err != nil {
			return err
		}
		proxy, err := sealProxy(tx, d.ID, d.Proxy)
		if err != nil {
			return err
		}
		now := tx.Now()
		_, err = tx.Exec(ctx, `INSERT INTO numbers (workspace, id, name, provider, state, since, is_primary, proxy, metadata, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN EXISTS (SELECT 1 FROM numbers p WHERE p.workspace = $1 AND p.is_primary = 1) THEN 0 ELSE 1 END, $7, $8, $6)`,
			d.Workspace, d.ID, d.Name, d.Provider, string(number.Created), now, proxy, d.Metadata)
		if err != nil {
			return fmt.Errorf("create a number: %w", err)
		}
		if n, err = readNumber(ctx, tx, d.Workspace, d.ID); err != nil {
			return err
		}
		return tx.Append(ctx, event.Draft{Type: event.NumberCreated, Number: n.ID, Data: numberEvent(n)})
	})
	return n, err
}

// checkPlan refuses one number too many. The plan's row is locked by touching it, so that two at once cannot both be the last.
func checkPlan(ctx context.Context, tx *Tx, workspace string) error {
	var allowed, have int
	err := tx.QueryRow(ctx, `UPDATE plans SET max_numbers = max_numbers WHERE workspace = $1 RETURNING max_numbers`, workspace).Scan(&allowed)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM numbers WHERE workspace = $1 AND deleted_at = 0`, workspace).Scan(&have); err != nil {
		return fmt.Errorf("count numbers: %w", err)
	}
	if have >= allowed {
		return fault.Errorf(fault.Conflict, "your plan allows %d numbers and you have %d; remove one or ask for a larger plan", allowed, have).Because("plan_limit")
	}
	return nil
}

func sealProxy(tx *Tx, id, proxy string) (string, error) {
	if proxy == "" {
		return "", nil
	}
	return tx.Seal(proxyPlace(id), []byte(proxy))
}

// numberData is the data of number.created, number.updated and number.deleted.
type numberData struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Primary bool            `json:"primary"`
	Meta    json.RawMessage `json:"metadata"`
}

func numberEvent(n number.Number) numberData {
	return numberData{ID: n.ID, Name: n.Name, Primary: n.Primary, Meta: n.Metadata}
}

// Update implements number.Store.
func (s Numbers) Update(ctx context.Context, workspace, id string, c number.Change) (number.Number, error) {
	return s.change(ctx, workspace, id, func(tx *Tx, n *number.Number) error {
		if c.Name != nil {
			n.Name = *c.Name
		}
		if c.Metadata != nil {
			n.Metadata = c.Metadata
		}
		if c.Proxy != nil {
			n.Proxy = *c.Proxy
		}
		proxy, err := sealProxy(tx, id, n.Proxy)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE numbers SET name = $3, metadata = $4, proxy = $5 WHERE workspace = $1 AND id = $2`,
			workspace, id, n.Name, n.Metadata, proxy)
		return err
	})
}

// SetPrimary implements number.Store.
func (s Numbers) SetPrimary(ctx context.Context, workspace, id string) (number.Number, error) {
	return s.change(ctx, workspace, id, func(tx *Tx, n *number.Number) error {
		if _, err := tx.Exec(ctx, `UPDATE numbers SET is_primary = 0 WHERE workspace = $1 AND is_primary = 1`, workspace); err != nil {
			return err
		}
		n.Primary = true
		_, err := tx.Exec(ctx, `UPDATE numbers SET is_primary = 1 WHERE workspace = $1 AND id = $2`, workspace, id)
		return err
	})
}

// change reads a number, changes it and tells so.
func (s Numbers) change(ctx context.Context, workspace, id string, apply func(*Tx, *number.Number) error) (n number.Number, err error) {
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		if n, err = readNumber(ctx, tx, workspace, id); err != nil {
			return err
		}
		if err := apply(tx, &n); err != nil {
			return fmt.Errorf("change a number: %w", err)
		}
		return tx.Append(ctx, event.Draft{Type: event.NumberUpdated, Number: id, Data: numberEvent(n)})
	})
	return n, err
}

// Move implements number.Store.
func (s Numbers) Move(ctx context.Context, ref wa.NumberRef, t number.Transition) (n number.Number, err error) {
	err = s.DB.Write(ctx, ref.Workspace, func(tx *Tx) error {
		if err := fence(ctx, tx, ref); err != nil {
			return err
		}
		n, err = moveNumber(ctx, tx, ref, t)
		return err
	})
	return n, err
}

func moveNumber(ctx context.Context, tx *Tx, ref wa.NumberRef, t number.Transition) (number.Number, error) {
	n, err := readNumber(ctx, tx, ref.Workspace, ref.ID)
	if err != nil {
		return n, err
	}
	if n.State == number.Deleting {
		return n, fault.Errorf(fault.Conflict, "this number is being deleted").Because("deleting")
	}
	previous := n.State
	changed := t.Apply(&n)
	if changed && n.State != previous {
		n.Since = clock.FromMillis(tx.Now())
	}
	_, err = tx.Exec(ctx, `UPDATE numbers SET state = $3, cause = $4, code = $5, text = $6, since = $7, until = $8, enabled = $9,
			phone = $10, lid = $11, push_name = $12, linked_phone = CASE WHEN $13 = 1 THEN NULL ELSE linked_phone END,
			reachout_until = $14, reachout_code = $15
		WHERE workspace = $1 AND id = $2`,
		n.Workspace, n.ID, string(n.State), n.Cause, n.Code, n.Text, clock.Millis(n.Since), clock.Millis(n.Until), n.Enabled,
		string(n.Phone), string(n.LID), n.PushName, t.Unlink, clock.Millis(n.Reachout.Until), n.Reachout.Code)
	if err != nil {
		return n, fmt.Errorf("move a number: %w", err)
	}
	if !changed {
		return n, nil
	}
	return n, tx.Append(ctx, event.Draft{Type: event.NumberState, Number: n.ID, Data: number.NewStateEvent(n, previous)})
}

// Touch implements number.Store.
func (s Numbers) Touch(ctx context.Context, ref wa.NumberRef, at time.Time, p wa.Person) error {
	return s.DB.Write(ctx, ref.Workspace, func(tx *Tx) error {
		if err := fence(ctx, tx, ref); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE numbers SET last_activity = CASE WHEN last_activity < $3 THEN $3 ELSE last_activity END,
				push_name = CASE WHEN $4 = '' THEN push_name ELSE $4 END
			WHERE workspace = $1 AND id = $2`, ref.Workspace, ref.ID, clock.Millis(at), p.PushName)
		return err
	})
}

// MarkDeleting implements number.Store.
func (s Numbers) MarkDeleting(ctx context.Context, workspace, id string) (n number.Number, err error) {
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		if n, err = readNumber(ctx, tx, workspace, id); err != nil || n.State == number.Deleting {
			return err
		}
		off := false
		n, err = moveNumber(ctx, tx, wa.NumberRef{Workspace: workspace, ID: id},
			number.Transition{State: number.Deleting, Cause: number.CausePerson, Enabled: &off, Unlink: true})
		return err
	})
	return n, err
}

// Remove implements number.Store. The row stays, because conversations name it; keys and secrets go.
func (s Numbers) Remove(ctx context.Context, workspace, id string) error {
	return s.DB.Write(ctx, workspace, func(tx *Tx) error {
		n, err := readNumber(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if err := forgetDevice(ctx, tx, workspace, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE numbers SET deleted_at = $3, linked_phone = NULL, proxy = '', is_primary = 0, enabled = 0 WHERE workspace = $1 AND id = $2`,
			workspace, id, tx.Now())
		if err != nil {
			return fmt.Errorf("remove a number: %w", err)
		}
		if err := passPrimary(ctx, tx, n); err != nil {
			return err
		}
		return tx.Append(ctx, event.Draft{Type: event.NumberDeleted, Number: id, Data: numberEvent(n)})
	})
}

// passPrimary makes the oldest number that is left the primary, when the primary goes.
func passPrimary(ctx context.Context, tx *Tx, gone number.Number) error {
	if !gone.Primary {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE numbers SET is_primary = 1 WHERE workspace = $1 AND id =
		(SELECT o.id FROM numbers o WHERE o.workspace = $1 AND o.deleted_at = 0 ORDER BY o.created_at, o.id LIMIT 1)`, gone.Workspace)
	if err != nil {
		return fmt.Errorf("pass on the primary number: %w", err)
	}
	return nil
}

// Claim implements number.Store.
func (s Numbers) Claim(ctx context.Context, workspace, id, node string, epoch int64) (n number.Number, err error) {
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		if err := tx.Claim(ctx, id, node, epoch); err != nil {
			return err
		}
		n, err = readNumber(ctx, tx, workspace, id)
		return err
	})
	return n, err
}

// Release implements number.Store.
func (s Numbers) Release(ctx context.Context, n wa.NumberRef) error {
	return s.DB.Write(ctx, n.Workspace, func(tx *Tx) error { return tx.Unclaim(ctx, n.ID, n.Epoch) })
}
