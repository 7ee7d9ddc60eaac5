package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/control"
	"github.com/sapa-chat/sapa/sim/script"
	"github.com/sapa-chat/sapa/workspace"
)

type demoCmd struct {
	People int `help:"How many simulated customers write (1 to 12)." default:"8"`
}

const demoEmail = "demo@sapa.example"

// Run starts the simulator and Sapa on a throw-away folder, makes a workspace and a login, and prints it.
func (c demoCmd) Run(i *invocation) (err error) {
	dir, err := os.MkdirTemp("", "sapa-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	simulated, endSimulator := context.WithCancel(context.WithoutCancel(i.ctx))
	network := control.New(&sim.Network{})
	network.Script = &script.Play{People: c.People, Seed: 1}
	url, ended, err := simulate(simulated, network)
	if err != nil {
		endSimulator()
		return err
	}
	defer func() { endSimulator(); err = errors.Join(err, ended()) }()
	l, err := i.load(demoSettings(dir, url, network.Root())...)
	if err != nil {
		return &usageError{err}
	}
	a, err := app.New(i.ctx, l.Config, app.Options{Log: app.NewLogger(l.Config.Log, i.stderr), Version: version})
	if err != nil {
		return err
	}
	if err := c.invite(i, a, url); err != nil {
		a.Close()
		return err
	}
	return a.Run(i.ctx)
}

// demoSettings point the program at the simulator and at throw-away data; a person's own flags still win.
func demoSettings(dir, url, root string) []string {
	return []string{
		"--data.dir=" + filepath.Join(dir, "data"), "--secret.key_file=" + filepath.Join(dir, "master.key"),
		"--whatsapp.simulator.url=" + url, "--whatsapp.simulator.root=" + root,
		"--log.level=warn", "--number.pairings_per_hour=100",
	}
}

// invite makes the demo's workspace and login, and prints how to get in.
func (c demoCmd) invite(i *invocation, a *app.App, simulator string) error {
	token, err := a.SetupToken()
	if err != nil {
		return err
	}
	password := strings.ToLower(rand.Text()[:12])
	_, err = a.Workspaces().Setup(i.ctx, workspace.Setup{
		Token: token, Name: "Ayu Pertiwi", Email: demoEmail, Password: password, Language: "en",
		Workspace: workspace.Draft{Name: "Toko Melati", Country: "ID", Timezone: "Asia/Jakarta"},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(i.stdout, `
This is a demo: a simulated WhatsApp, throw-away data, no internet.

    Open      %s
    E-mail    %s
    Password  %s

Then: Numbers, Add number, Scan with a simulated phone. Customers begin to write at once; answer them.
The simulator's own page, with its phones, faults and ledger: %s/control/
Press Ctrl+C to end; everything is thrown away.

`, a.URL(i.ctx), demoEmail, password, simulator)
	return err
}
