package store

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

const personColumns = `id, email, name, language, theme, administrator, created_at, last_seen`

func scanPerson(r row) (p workspace.Person, err error) {
	return scanPersonAnd(r)
}

// scanPersonAnd reads the person's columns and whatever follows them.
func scanPersonAnd(r row, more ...any) (p workspace.Person, err error) {
	var created, seen int64
	into := append([]any{&p.ID, &p.Email, &p.Name, &p.Language, &p.Theme, &p.Administrator, &created, &seen}, more...)
	err = r.Scan(into...)
	if IsMissing(err) {
		return p, fault.Errorf(fault.NotFound, "no such person")
	}
	if err != nil {
		return p, fmt.Errorf("read a person: %w", err)
	}
	p.CreatedAt, p.LastSeen = clock.FromMillis(created), clock.FromMillis(seen)
	return p, nil
}

func insertPerson(ctx context.Context, tx *Tx, p workspace.Person, hash string) error {
	n, err := tx.Exec(ctx, `INSERT INTO people (id, email, name, password, language, theme, administrator, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`, p.ID, p.Email, p.Name, hash, p.Language, p.Theme, p.Administrator, clock.Millis(p.CreatedAt))
	if err != nil {
		return fmt.Errorf("write a person: %w", err)
	}
	if n == 0 {
		return fault.Errorf(fault.Conflict, "this e-mail address has a login already").Because("email_taken").On("email")
	}
	return nil
}

// CreatePerson writes a person.
func (s Workspaces) CreatePerson(ctx context.Context, p workspace.Person, hash string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error { return insertPerson(ctx, tx, p, hash) })
}

// Person reads one.
func (s Workspaces) Person(ctx context.Context, person string) (p workspace.Person, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		p, err = readPerson(ctx, tx, person)
		return err
	})
	return p, err
}

func readPerson(ctx context.Context, tx *Tx, person string) (workspace.Person, error) {
	return scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM people WHERE id = $1`, person))
}

// PersonByEmail reads one with the hash of the password.
func (s Workspaces) PersonByEmail(ctx context.Context, email string) (p workspace.Person, hash string, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		p, err = scanPersonAnd(tx.QueryRow(ctx, `SELECT `+personColumns+`, password FROM people WHERE email = $1`, email), &hash)
		return err
	})
	return p, hash, err
}

// UpdatePerson reads, changes and writes one.
func (s Workspaces) UpdatePerson(ctx context.Context, person string, change func(*workspace.Person) error) (p workspace.Person, err error) {
	err = s.DB.WriteSystem(ctx, func(tx *Tx) error {
		if p, err = readPerson(ctx, tx, person); err != nil {
			return err
		}
		if err := change(&p); err != nil {
			return err
		}
		if p.Administrator { // a workspace may have made a link before they were one
			if _, err := tx.Exec(ctx, `DELETE FROM password_resets WHERE person = $1`, person); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE people SET name = $2, language = $3, theme = $4, administrator = $5 WHERE id = $1`,
			person, p.Name, p.Language, p.Theme, p.Administrator)
		return err
	})
	return p, err
}

// People lists everybody.
func (s Workspaces) People(ctx context.Context) (all []workspace.Person, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM people ORDER BY email`)
		all, err = collect(rows, err, scanPerson)
		return err
	})
	return all, err
}

// AdministratorExists tells whether setup is done.
func (s Workspaces) AdministratorExists(ctx context.Context) (done bool, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM people WHERE administrator = 1)`).Scan(&done)
	})
	return done, err
}
