package store

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// CreateWorkspace writes a workspace with its plan and owner.
func (s Workspaces) CreateWorkspace(ctx context.Context, w workspace.Workspace, owner string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		if _, err := readPerson(ctx, tx, owner); err != nil {
			return err
		}
		return insertWorkspace(ctx, tx, w, owner)
	})
}

// AllWorkspaces lists those of the installation.
func (s Workspaces) AllWorkspaces(ctx context.Context) (all []workspace.Workspace, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+workspaceColumns+` FROM workspaces w JOIN plans p ON p.workspace = w.workspace ORDER BY w.workspace`)
		all, err = collect(rows, err, scanWorkspace)
		return err
	})
	return all, err
}

// OriginListed answers a preflight.
func (s Workspaces) OriginListed(ctx context.Context, origin string) (listed bool, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM origins WHERE origin = $1)`, origin).Scan(&listed)
	})
	return listed, err
}

const memberColumns = `p.id, p.name, p.email, m.role, p.last_seen`

// Members lists who works in a workspace.
func (s Workspaces) Members(ctx context.Context, ws string) (all []workspace.Member, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+memberColumns+` FROM memberships m JOIN people p ON p.id = m.person
			WHERE m.workspace = $1 ORDER BY LOWER(p.name), p.id`, ws)
		all, err = collect(rows, err, scanMember)
		return err
	})
	return all, err
}

// Member reads one of them.
func (s Workspaces) Member(ctx context.Context, ws, person string) (m workspace.Member, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		m, err = readMember(ctx, tx, ws, person)
		return err
	})
	return m, err
}

func readMember(ctx context.Context, tx *Tx, ws, person string) (workspace.Member, error) {
	m, err := scanMember(tx.QueryRow(ctx, `SELECT `+memberColumns+` FROM memberships m JOIN people p ON p.id = m.person
		WHERE m.workspace = $1 AND m.person = $2`, ws, person))
	if IsMissing(err) {
		return m, fault.Errorf(fault.NotFound, "nobody here has the id %s", person)
	}
	return m, err
}

func scanMember(r row) (m workspace.Member, err error) {
	var seen int64
	if err := r.Scan(&m.ID, &m.Name, &m.Email, &m.Role, &seen); err != nil {
		return m, fmt.Errorf("read a member: %w", err)
	}
	m.LastSeen = clock.FromMillis(seen)
	return m, nil
}

// ChangeMember changes or, with an empty role, ends a membership.
func (s Workspaces) ChangeMember(ctx context.Context, ws, person string, change func(workspace.Member, int) (workspace.Role, error)) (m workspace.Member, err error) {
	err = s.DB.WriteSystem(ctx, func(tx *Tx) error {
		// Touching the workspace's row first makes two changes wait for one another, or two owners could both leave.
		if _, err := tx.Exec(ctx, `UPDATE workspaces SET workspace = workspace WHERE workspace = $1`, ws); err != nil {
			return err
		}
		if m, err = readMember(ctx, tx, ws, person); err != nil {
			return err
		}
		var owners int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM memberships WHERE workspace = $1 AND role = $2`, ws, workspace.Owner).Scan(&owners); err != nil {
			return err
		}
		if m.Role, err = change(m, owners); err != nil {
			return err
		}
		return writeRole(ctx, tx, ws, m)
	})
	return m, err
}

func writeRole(ctx context.Context, tx *Tx, ws string, m workspace.Member) (err error) {
	if m.Role == "" {
		_, err = tx.Exec(ctx, `DELETE FROM memberships WHERE workspace = $1 AND person = $2`, ws, m.ID)
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE memberships SET role = $3 WHERE workspace = $1 AND person = $2`, ws, m.ID, m.Role)
	return err
}

// AddMember makes a membership.
func (s Workspaces) AddMember(ctx context.Context, ws, person string, role workspace.Role) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		if _, err := readWorkspace(ctx, tx, ws); err != nil {
			return err
		}
		if _, err := readPerson(ctx, tx, person); err != nil {
			return err
		}
		return insertMember(ctx, tx, ws, person, role)
	})
}

// insertMember lets a person into a workspace. Reset links that stand end: whoever made them (an admin of the only
// workspace so far) could open the new one with them.
func insertMember(ctx context.Context, tx *Tx, ws, person string, role workspace.Role) error {
	if _, err := tx.Exec(ctx, `DELETE FROM password_resets WHERE person = $1`, person); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO memberships (workspace, person, role, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		ws, person, role, tx.Now())
	if err == nil && n == 0 {
		return fault.Errorf(fault.Conflict, "this person is in the workspace already").Because("member_already")
	}
	return err
}

// Memberships lists the workspaces of a person.
func (s Workspaces) Memberships(ctx context.Context, person string) (all []workspace.Membership, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT m.workspace, w.name, w.country, w.timezone, m.role FROM memberships m
			JOIN workspaces w ON w.workspace = m.workspace WHERE m.person = $1 ORDER BY LOWER(w.name), w.workspace`, person)
		all, err = collect(rows, err, func(r row) (m workspace.Membership, err error) {
			return m, r.Scan(&m.Workspace.ID, &m.Workspace.Name, &m.Workspace.Country, &m.Workspace.Timezone, &m.Role)
		})
		return err
	})
	return all, err
}
