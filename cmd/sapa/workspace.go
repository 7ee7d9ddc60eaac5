package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/workspace"
)

type workspaceCmd struct {
	List   workspaceListCmd   `cmd:"" help:"List the workspaces."`
	Create workspaceCreateCmd `cmd:"" help:"Create a workspace for a person who has a login."`
}

type workspaceListCmd struct{}

func (workspaceListCmd) Run(i *invocation) error {
	return i.withTools(func(t *app.Tools) error {
		all, err := t.Workspaces.All(i.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(i.stdout, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tNAME\tCOUNTRY\tTIME ZONE\tNUMBERS ALLOWED")
		for _, w := range all {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", w.ID, w.Name, w.Country, w.Timezone, w.MaxNumbers)
		}
		return table.Flush()
	})
}

type workspaceCreateCmd struct {
	Name     string `arg:"" help:"Name of the business."`
	Owner    string `help:"Mail address of the person who will own it." required:""`
	Country  string `help:"Country of its phone numbers, ISO 3166." default:"ID"`
	Timezone string `help:"IANA time zone." default:"Asia/Jakarta"`
}

func (c workspaceCreateCmd) Run(i *invocation) error {
	return i.withTools(func(t *app.Tools) error {
		owner, err := t.Workspaces.PersonByEmail(i.ctx, c.Owner)
		if err != nil {
			return err
		}
		w, err := t.Workspaces.Create(i.ctx, workspace.Draft{Name: c.Name, Country: c.Country, Timezone: c.Timezone}, owner.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(i.stdout, "%s  %s, owned by %s\n", w.ID, w.Name, owner.Email)
		return err
	})
}
