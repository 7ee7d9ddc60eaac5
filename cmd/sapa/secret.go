package main

import (
	"fmt"

	"github.com/sapa-chat/sapa/app"
)

type secretCmd struct {
	Rotate secretRotateCmd `cmd:"" help:"Make a new master key and wrap all data keys with it. Stop Sapa first."`
	Forget secretForgetCmd `cmd:"" help:"Go on without a lost master key: numbers pair again and secrets are entered again, all else stays."`
}

type secretRotateCmd struct{}

func (secretRotateCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	path, wrapped, err := app.RotateSecret(i.ctx, l.Config, app.NewLogger(l.Config.Log, i.stderr))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(i.stdout, "Wrapped %d data keys. The new master key is in %s, the old one in %s.previous; backups from before need the old one.\n", wrapped, path, path)
	return err
}

type secretForgetCmd struct {
	Yes bool `help:"Really forget: what was sealed with the lost key cannot be read again." required:""`
}

func (secretForgetCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	if err := app.ForgetSecret(i.ctx, l.Config, app.NewLogger(l.Config.Log, i.stderr)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(i.stdout, "Done. Pair each number again, and enter secrets again.")
	return err
}
