package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// CreateSession writes a login.
func (s Workspaces) CreateSession(ctx context.Context, r workspace.SessionRow) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error { return insertSession(ctx, tx, r) })
}

func insertSession(ctx context.Context, tx *Tx, r workspace.SessionRow) error {
	_, err := tx.Exec(ctx, `INSERT INTO sessions (hash, person, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		r.Hash, r.Person, clock.Millis(r.Created), clock.Millis(r.Created), clock.Millis(r.Expires))
	if err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE people SET last_seen = $2 WHERE id = $1`, r.Person, clock.Millis(r.Created))
	return err
}

// Session reads a login with its person and their memberships in one statement, since every request needs all of it.
func (s Workspaces) Session(ctx context.Context, hash string) (out workspace.Session, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT p.id, p.email, p.name, p.language, p.theme, p.administrator, p.created_at, p.last_seen,
				s.seen_at, s.expires_at, m.role, w.workspace, w.name, w.country, w.timezone
			FROM sessions s JOIN people p ON p.id = s.person
			LEFT JOIN memberships m ON m.person = p.id LEFT JOIN workspaces w ON w.workspace = m.workspace
			WHERE s.hash = $1 ORDER BY LOWER(w.name), w.workspace`, hash)
		if err != nil {
			return fmt.Errorf("read a session: %w", err)
		}
		defer rows.Close()
		out = workspace.Session{}
		for rows.Next() {
			if err := scanSession(rows, &out); err != nil {
				return err
			}
			out.Hash = hash
		}
		return rows.Err()
	})
	if err == nil && out.Hash == "" {
		err = fault.Errorf(fault.NotFound, "no such session")
	}
	return out, err
}

// scanSession adds one row: the session once more, and one membership.
func scanSession(r row, out *workspace.Session) (err error) {
	var seen, expires int64
	var role, ws, name, country, zone sql.NullString
	out.Person, err = scanPersonAnd(r, &seen, &expires, &role, &ws, &name, &country, &zone)
	if err != nil {
		return err
	}
	out.Seen, out.Expires = clock.FromMillis(seen), clock.FromMillis(expires)
	if ws.Valid {
		out.Memberships = append(out.Memberships, workspace.Membership{
			Role:      workspace.Role(role.String),
			Workspace: workspace.Workspace{ID: ws.String, Name: name.String, Country: country.String, Timezone: zone.String},
		})
	}
	return nil
}

// TouchSession notes use.
func (s Workspaces) TouchSession(ctx context.Context, hash, person string, seen, expires time.Time) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE hash = $1`, hash, clock.Millis(seen), clock.Millis(expires))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE people SET last_seen = $2 WHERE id = $1`, person, clock.Millis(seen))
		return err
	})
}

// DeleteSession ends a login.
func (s Workspaces) DeleteSession(ctx context.Context, hash string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
		return err
	})
}

// SetPassword changes a password, which ends every other way in.
func (s Workspaces) SetPassword(ctx context.Context, person, hash string, next workspace.SessionRow) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		if err := setPassword(ctx, tx, person, hash); err != nil {
			return err
		}
		return insertSession(ctx, tx, next)
	})
}

func setPassword(ctx context.Context, tx *Tx, person, hash string) error {
	if _, err := tx.Exec(ctx, `UPDATE people SET password = $2 WHERE id = $1`, person, hash); err != nil {
		return fmt.Errorf("write a password: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE person = $1`, person); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM password_resets WHERE person = $1`, person)
	return err
}

// CreateReset writes a reset link.
func (s Workspaces) CreateReset(ctx context.Context, hash, person string, created, expires time.Time) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO password_resets (hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
			hash, person, clock.Millis(created), clock.Millis(expires))
		return err
	})
}

// ResetPerson reads whom a reset link is for.
func (s Workspaces) ResetPerson(ctx context.Context, hash string, now time.Time) (p workspace.Person, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		p, err = readReset(ctx, tx, hash, now)
		return err
	})
	return p, err
}

func readReset(ctx context.Context, tx *Tx, hash string, now time.Time) (workspace.Person, error) {
	return scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM people WHERE id =
		(SELECT person FROM password_resets WHERE hash = $1 AND expires_at > $2)`, hash, clock.Millis(now)))
}

// TakeReset uses a reset link.
func (s Workspaces) TakeReset(ctx context.Context, hash, passwordHash string, now time.Time) (p workspace.Person, err error) {
	err = s.DB.WriteSystem(ctx, func(tx *Tx) error {
		if p, err = readReset(ctx, tx, hash, now); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM password_resets WHERE hash = $1`, hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Errorf(fault.NotFound, "the link was used a moment ago")
		}
		return setPassword(ctx, tx, p.ID, passwordHash)
	})
	return p, err
}

// DeleteExpired removes sessions, links and remembered answers that are over.
func (s Workspaces) DeleteExpired(ctx context.Context, now time.Time) error {
	for _, statement := range []string{
		`DELETE FROM sessions WHERE expires_at <= $1`,
		`DELETE FROM password_resets WHERE expires_at <= $1`,
		`DELETE FROM invitations WHERE expires_at <= $1`,
		`DELETE FROM idempotency WHERE expires_at <= $1`,
	} {
		err := s.DB.WriteSystem(ctx, func(tx *Tx) error {
			_, err := tx.Exec(ctx, statement, clock.Millis(now))
			return err
		})
		if err != nil {
			return fmt.Errorf("remove what is over: %w", err)
		}
	}
	return nil
}
