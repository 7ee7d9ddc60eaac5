package main

import (
	"context"
	"fmt"

	"github.com/sapa-chat/sapa/app"
	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/control"
	"github.com/sapa-chat/sapa/sim/history"
)

type simCmd struct {
	Listen  string `help:"Loopback address to listen on." default:"127.0.0.1:7600"`
	Seed    string `help:"Makes keys and contacts reproducible; also the certificate root."`
	Chats   int    `help:"Chats in the history that a newly linked companion is told." default:"0"`
	History int    `help:"Messages in each of these chats." default:"20"`
}

func (c simCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	network := &sim.Network{Seed: c.Seed, Log: app.NewLogger(l.Config.Log, i.stderr)}
	server := control.New(network)
	server.History = history.Plan{Chats: c.Chats, Messages: c.History}
	return server.ListenAndServe(i.ctx, c.Listen, func(url string) { _, _ = fmt.Fprint(i.stdout, server.Pointing(url)) })
}

// simulate runs a network for the demo until ctx ends. It returns its address and root once it serves, and a function that waits for its end.
func simulate(ctx context.Context, server *control.Server) (url string, wait func() error, err error) {
	ready := make(chan string, 1)
	done := make(chan error, 1)
	go func() { done <- server.ListenAndServe(ctx, "127.0.0.1:0", func(url string) { ready <- url }) }()
	select {
	case url := <-ready:
		return url, func() error { return <-done }, nil
	case err := <-done:
		return "", nil, err
	}
}
