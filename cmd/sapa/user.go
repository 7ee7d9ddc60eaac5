package main

import (
	"crypto/rand"
	"fmt"
	"text/tabwriter"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/workspace"
)

type userCmd struct {
	List   userListCmd   `cmd:"" help:"List everybody who has a login."`
	Create userCreateCmd `cmd:"" help:"Add a person and print the link with which they choose their password."`
	Reset  userResetCmd  `cmd:"" help:"Print a link with which a person chooses a new password."`
}

type userListCmd struct{}

func (userListCmd) Run(i *invocation) error {
	return i.withTools(func(t *app.Tools) error {
		people, err := t.Workspaces.AllPeople(i.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(i.stdout, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "EMAIL\tNAME\tADMINISTRATOR\tID")
		for _, p := range people {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%v\t%s\n", p.Email, p.Name, p.Administrator, p.ID)
		}
		return table.Flush()
	})
}

type userCreateCmd struct {
	Email         string `arg:"" help:"Mail address; it is the login."`
	Name          string `help:"Name that others see." required:""`
	Language      string `help:"en or id." default:"id"`
	Administrator bool   `help:"May run the installation (gives no access to messages)."`
	Workspace     string `help:"Id of a workspace to join."`
	Role          string `help:"Role there: owner, admin or agent." default:"agent"`
}

func (c userCreateCmd) Run(i *invocation) error {
	return i.withTools(func(t *app.Tools) error {
		// Nobody knows this password: the printed link is the way in.
		p, err := t.Workspaces.CreatePerson(i.ctx, workspace.NewPerson{
			Name: c.Name, Email: c.Email, Password: rand.Text(), Language: c.Language, Administrator: c.Administrator,
		})
		if err != nil {
			return err
		}
		if c.Workspace != "" {
			if err := t.Workspaces.AddMember(i.ctx, c.Workspace, p.ID, workspace.Role(c.Role)); err != nil {
				return err
			}
		}
		return printReset(i, t, p.Email)
	})
}

type userResetCmd struct {
	Email string `arg:"" help:"Mail address of the login."`
}

func (c userResetCmd) Run(i *invocation) error {
	return i.withTools(func(t *app.Tools) error { return printReset(i, t, c.Email) })
}

func printReset(i *invocation, t *app.Tools, email string) error {
	link, err := t.Workspaces.ResetLinkFor(i.ctx, email)
	if fault.CodeOf(err) == fault.NotFound {
		return fmt.Errorf("nobody has the address %s; sapa user list shows all", email)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(i.stdout, "%s chooses a password here, until %s:\n%s\n", email, link.ExpiresAt.Local().Format("2 January 15:04"), t.Absolute(link.URL))
	return err
}

// withTools opens the database beside a server that may be running, and closes it after work.
func (i *invocation) withTools(work func(*app.Tools) error) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	t, err := app.OpenTools(i.ctx, l.Config, app.NewLogger(l.Config.Log, i.stderr))
	if err != nil {
		return err
	}
	defer t.Close()
	return work(t)
}
