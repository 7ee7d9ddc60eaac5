package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sapa-chat/sapa/internal/fault"
)

// Advisory locks of this program, per database.
const (
	lockMigrate int64 = 0x5341504101 // "SAPA" and a number
	lockStamp   int64 = 0x5341504102
)

// WallsVersion changes with what roles, policies and grants are given, so that test databases are made anew.
const WallsVersion = 4

// makeRoles creates the two roles, which belong to the whole server and may exist or appear meanwhile, and lets user take them.
func makeRoles(ctx context.Context, on *sql.Conn, user string) error {
	for _, role := range []string{roleApp, roleSystem} {
		var exists, member bool
		if err := on.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", role).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			_, err := on.ExecContext(ctx, "CREATE ROLE "+role+" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
			if err := tolerate(err, "42710", "23505"); err != nil {
				return roleTrouble(err, role, user)
			}
		}
		if err := on.QueryRowContext(ctx, "SELECT pg_has_role($1, $2, 'MEMBER')", user, role).Scan(&member); err != nil {
			return err
		}
		if !member {
			_, err := on.ExecContext(ctx, "GRANT "+role+" TO "+pgx.Identifier{user}.Sanitize())
			if err := tolerate(err, "23505"); err != nil {
				return roleTrouble(err, role, user)
			}
		}
	}
	return nil
}

func roleTrouble(err error, role, user string) error {
	return &trouble{fault.Errorf(fault.Conflict, "the database user may not set up the role %s; let an administrator run: CREATE ROLE %s NOLOGIN; GRANT %s TO %q", role, role, role, user).Because("postgres_role"), err}
}

// tolerate drops errors with one of the codes: somebody else has done it at the same moment.
func tolerate(err error, codes ...string) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		for _, code := range codes {
			if pg.Code == code {
				return nil
			}
		}
	}
	return err
}

// walled lists the tables with a workspace; unwalled those of them that lack row-level security, force, or one of the two policies.
const (
	walled = `
		SELECT c.relname FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace' AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace`
	unwalled = walled + `
		AND NOT (c.relrowsecurity AND c.relforcerowsecurity
			AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname IN ('one_workspace', 'across_workspaces')) = 2)
		ORDER BY c.relname`
)

// raiseWalls gives every table with a workspace its row-level security: sapa_app sees
// and writes rows of the workspace that its session or transaction has set, none without
// one; sapa_system sees all. Nobody else has a policy, the owner included.
func raiseWalls(ctx context.Context, on *sql.Conn) error {
	tables, err := column(ctx, on, unwalled)
	if err != nil {
		return err
	}
	for _, table := range tables {
		name := pgx.Identifier{table}.Sanitize()
		for _, statement := range []string{
			"ALTER TABLE %s ENABLE ROW LEVEL SECURITY",
			"ALTER TABLE %s FORCE ROW LEVEL SECURITY",
			"DROP POLICY IF EXISTS one_workspace ON %s",
			"DROP POLICY IF EXISTS across_workspaces ON %s",
			"CREATE POLICY one_workspace ON %s TO " + roleApp + " USING (workspace = current_setting('sapa.workspace', true)) WITH CHECK (workspace = current_setting('sapa.workspace', true))",
			"CREATE POLICY across_workspaces ON %s TO " + roleSystem + " USING (true) WITH CHECK (true)",
		} {
			if _, err := on.ExecContext(ctx, fmt.Sprintf(statement, name)); err != nil {
				return fmt.Errorf("row-level security of %s: %w", table, err)
			}
		}
	}
	return nil
}

// grant lets sapa_system use every table, and sapa_app those that have a workspace (and see which nodes live). Neither can touch the record of the migrations.
func grant(ctx context.Context, on *sql.Conn) error {
	var schema string
	if err := on.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return err
	}
	in := " IN SCHEMA " + pgx.Identifier{schema}.Sanitize()
	statements := []string{
		"GRANT USAGE ON" + in[3:] + " TO " + roleApp + ", " + roleSystem,
		"REVOKE ALL ON ALL TABLES" + in + " FROM " + roleApp,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES" + in + " TO " + roleSystem,
		"GRANT USAGE ON ALL SEQUENCES" + in + " TO " + roleApp + ", " + roleSystem,
		"GRANT SELECT ON ALL SEQUENCES" + in + " TO " + roleSystem, // pg_dump reads them
		"REVOKE INSERT, UPDATE, DELETE ON " + tableVersions + ", " + tableSums + " FROM " + roleSystem,
		"GRANT SELECT ON nodes TO " + roleApp,
		"GRANT EXECUTE ON FUNCTION sapa_analyze() TO " + roleSystem,
	}
	tables, err := column(ctx, on, walled)
	if err != nil {
		return err
	}
	for _, table := range tables {
		statements = append(statements, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+pgx.Identifier{table}.Sanitize()+" TO "+roleApp)
	}
	for _, statement := range statements {
		if _, err := on.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("grants: %w", err)
		}
	}
	return nil
}

// checkRole refuses to run when the wall would not hold: as a superuser, as one who bypasses it, or as the owner of the tables.
func checkRole(ctx context.Context, app *sql.DB) error {
	var role string
	var super, bypass, owner bool
	err := app.QueryRowContext(ctx, `
		SELECT current_user, rolsuper, rolbypassrls,
			EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'events' AND c.relnamespace = current_schema()::regnamespace AND c.relowner = r.oid)
		FROM pg_roles r WHERE rolname = current_user`).Scan(&role, &super, &bypass, &owner)
	if err != nil {
		return err
	}
	if role != roleApp || super || bypass || owner {
		return fault.Errorf(fault.Conflict, "the program would work in PostgreSQL as %s, who is not kept to one workspace; make %s an ordinary role that owns nothing", role, roleApp).Because("postgres_superuser")
	}
	return nil
}

func column(ctx context.Context, on *sql.Conn, query string) ([]string, error) {
	rows, err := on.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
