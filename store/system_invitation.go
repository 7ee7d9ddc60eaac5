package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

// AddSetupLink writes a setup link.
func (s Workspaces) AddSetupLink(ctx context.Context, hash string, created time.Time) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO setup_links (hash, created_at) VALUES ($1, $2)`, hash, clock.Millis(created))
		return err
	})
}

// SetupLinkExists tells whether a setup link may still be used.
func (s Workspaces) SetupLinkExists(ctx context.Context, hash string) (found bool, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM setup_links WHERE hash = $1`, hash).Scan(&n)
		found = n > 0
		return err
	})
	return found, err
}

// FinishSetup uses a setup link. Deleting it first makes a second request wait and then find nothing.
func (s Workspaces) FinishSetup(ctx context.Context, hash string, p workspace.Person, passwordHash string, w workspace.Workspace, publicURL string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM setup_links WHERE hash = $1`, hash)
		if err != nil {
			return fmt.Errorf("take a setup link: %w", err)
		}
		if n == 0 {
			return fault.Errorf(fault.NotFound, "no such setup link")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM setup_links`); err != nil {
			return err
		}
		if err := insertPerson(ctx, tx, p, passwordHash); err != nil {
			return err
		}
		if publicURL != "" {
			if err := writeSetting(ctx, tx, "public_url", publicURL); err != nil {
				return err
			}
		}
		return insertWorkspace(ctx, tx, w, p.ID)
	})
}

// CreateInvitation writes an invitation in place of an older one for the same address.
func (s Workspaces) CreateInvitation(ctx context.Context, inv workspace.Invitation, hash string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		var member bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM memberships m JOIN people p ON p.id = m.person
			WHERE m.workspace = $1 AND p.email = $2)`, inv.Workspace, inv.Email).Scan(&member)
		if err != nil {
			return fmt.Errorf("look for a member: %w", err)
		}
		if member {
			return fault.Errorf(fault.Conflict, "this person is in the workspace already").Because("member_already").On("email")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM invitations WHERE workspace = $1 AND email = $2`, inv.Workspace, inv.Email); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO invitations (workspace, id, email, role, hash, invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			inv.Workspace, inv.ID, inv.Email, inv.Role, hash, inv.InvitedBy, clock.Millis(inv.CreatedAt), clock.Millis(inv.ExpiresAt))
		return err
	})
}

const invitationColumns = `i.workspace, w.name, i.id, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
	EXISTS (SELECT 1 FROM people p WHERE p.email = i.email)`

func scanInvitation(r row) (i workspace.Invitation, err error) {
	var created, expires int64
	err = r.Scan(&i.Workspace, &i.WorkspaceName, &i.ID, &i.Email, &i.Role, &i.InvitedBy, &created, &expires, &i.ExistingPerson)
	if IsMissing(err) {
		return i, fault.Errorf(fault.NotFound, "no such invitation")
	}
	if err != nil {
		return i, fmt.Errorf("read an invitation: %w", err)
	}
	i.CreatedAt, i.ExpiresAt = clock.FromMillis(created), clock.FromMillis(expires)
	return i, nil
}

// Invitations lists those of a workspace that are not over.
func (s Workspaces) Invitations(ctx context.Context, ws string, now time.Time) (all []workspace.Invitation, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+invitationColumns+` FROM invitations i JOIN workspaces w ON w.workspace = i.workspace
			WHERE i.workspace = $1 AND i.expires_at > $2 ORDER BY i.id DESC`, ws, clock.Millis(now))
		all, err = collect(rows, err, scanInvitation)
		return err
	})
	return all, err
}

// InvitationByToken reads the one that a link is for.
func (s Workspaces) InvitationByToken(ctx context.Context, hash string) (i workspace.Invitation, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		i, err = readInvitation(ctx, tx, hash)
		return err
	})
	return i, err
}

func readInvitation(ctx context.Context, tx *Tx, hash string) (workspace.Invitation, error) {
	return scanInvitation(tx.QueryRow(ctx, `SELECT `+invitationColumns+` FROM invitations i JOIN workspaces w ON w.workspace = i.workspace WHERE i.hash = $1`, hash))
}

// DeleteInvitation takes one back.
func (s Workspaces) DeleteInvitation(ctx context.Context, ws, invitation string) error {
	return s.DB.Write(ctx, ws, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM invitations WHERE workspace = $1 AND id = $2`, ws, invitation)
		if err == nil && n == 0 {
			return fault.Errorf(fault.NotFound, "no invitation %s", invitation)
		}
		return err
	})
}

// AcceptInvitation uses one.
func (s Workspaces) AcceptInvitation(ctx context.Context, hash string, p workspace.Person, passwordHash string) error {
	return s.DB.WriteSystem(ctx, func(tx *Tx) error {
		inv, err := readInvitation(ctx, tx, hash)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM invitations WHERE workspace = $1 AND id = $2`, inv.Workspace, inv.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Errorf(fault.NotFound, "the invitation was used a moment ago")
		}
		if passwordHash != "" {
			if err := insertPerson(ctx, tx, p, passwordHash); err != nil {
				return err
			}
		}
		return insertMember(ctx, tx, inv.Workspace, p.ID, inv.Role)
	})
}

// KeyByHash reads the API key that a program sent; the key tells the workspace.
func (s Workspaces) KeyByHash(ctx context.Context, hash string) (k workspace.Key, err error) {
	err = s.DB.ReadSystem(ctx, func(tx *Tx) error {
		k, err = scanKey(tx.QueryRow(ctx, `SELECT `+keyColumns+` FROM api_keys WHERE hash = $1`, hash))
		if IsMissing(err) {
			return fault.Errorf(fault.NotFound, "no such API key")
		}
		return err
	})
	return k, err
}
