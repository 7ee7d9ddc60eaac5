package main

import (
	"fmt"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/internal/conf"
)

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Check the settings without starting."`
	Print configPrintCmd `cmd:"" help:"Print each setting in force and where it came from. Secrets are hidden."`
	Doc   configDocCmd   `cmd:"" help:"Print the reference of all settings as Markdown."`
}

type configCheckCmd struct{}

func (configCheckCmd) Run(i *invocation) error {
	if _, err := i.load(); err != nil {
		return &usageError{err}
	}
	_, err := fmt.Fprintln(i.stdout, "The settings are fine.")
	return err
}

type configPrintCmd struct{}

func (configPrintCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	_, err = fmt.Fprint(i.stdout, conf.Print(l.Fields, l.Origin))
	return err
}

type configDocCmd struct{}

func (configDocCmd) Run(i *invocation) error {
	_, err := fmt.Fprint(i.stdout, app.Reference())
	return err
}
