package main

import (
	"github.com/sapa-chat/sapa/app"
)

type serveCmd struct{}

// Run serves until SIGTERM or Ctrl+C, then drains.
func (serveCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	log := app.NewLogger(l.Config.Log, i.stderr)
	a, err := app.New(i.ctx, l.Config, app.Options{Log: log, Version: version})
	if err != nil {
		return err
	}
	welcome(i.ctx, i.stdout, a)
	return a.Run(i.ctx)
}
