// Command sapa is the whole program: the server, the demo, the simulator and the tools of whoever runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/internal/conf"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// commands is the command line; kong makes the help from its tags.
type commands struct {
	Config string `help:"Configuration file; otherwise SAPA_CONFIG, then sapa.yaml here if there is one." placeholder:"FILE"`

	Serve       serveCmd       `cmd:"" help:"Run Sapa."`
	Demo        demoCmd        `cmd:"" help:"Run Sapa with a simulated WhatsApp on throw-away data: no phone, no internet."`
	Sim         simCmd         `cmd:"" help:"Run only the simulated WhatsApp, to test any companion client against."`
	User        userCmd        `cmd:"" help:"List people, add one, make a password reset link."`
	Workspace   workspaceCmd   `cmd:"" help:"List or create workspaces."`
	Secret      secretCmd      `cmd:"" help:"Change the master key that seals secrets."`
	Settings    configCmd      `cmd:"" name:"config" help:"Check, print or document the settings."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running Sapa whether it is ready; for containers."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// invocation is what every command gets.
type invocation struct {
	ctx            context.Context
	env            []string
	settings       []string // the --key.with.dots=… arguments
	file           string
	stdout, stderr io.Writer
}

// load reads the settings of this invocation, with defaults of the command put under what the person gave.
func (i *invocation) load(defaults ...string) (*app.Loaded, error) {
	return app.Load(i.file, i.env, append(defaults, i.settings...))
}

// exitCode ends the parser's own exits (help) without ending the process.
type exitCode int

// run is main without the process: it returns the exit code. 2 means that the arguments or settings are wrong.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		switch stopped := recover().(type) {
		case nil:
		case exitCode:
			code = int(stopped)
		default:
			panic(stopped)
		}
	}()
	settings, rest := conf.SplitArgs(args)
	var c commands
	parser := kong.Must(&c, kong.Name("sapa"), kong.Writers(stdout, stderr),
		kong.Description("WhatsApp customer messaging that you host yourself. Every setting (sapa config doc) is also a flag, such as --http.listen=127.0.0.1:9000."),
		kong.Exit(func(n int) { panic(exitCode(n)) }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true}))
	parsed, err := parser.Parse(rest)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "sapa: %v\nTry: sapa --help\n", err)
		return 2
	}
	err = parsed.Run(&invocation{ctx: ctx, env: env, settings: settings, file: c.Config, stdout: stdout, stderr: stderr})
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "sapa: %v\n", err)
		return 2
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "sapa: %v\n", err)
		return 1
	}
	return 0
}

// usageError is an error of the arguments or settings.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }
