package main

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// tenant is a workspace with a person and a program that act in it.
type tenant struct {
	admin *drive.Client
	api   *drive.Client
}

// number is a linked number with the simulated phone behind it and the contacts that it talks with.
type number struct {
	id       string
	tenant   *tenant
	phone    *sim.Account
	contacts []*sim.Contact
}

// addTenants makes workspaces; the first is the one of the setup.
func (w *world) addTenants(ctx context.Context, n int) error {
	for i := range n {
		admin := w.admin
		if i > 0 {
			var made struct {
				ID string `json:"id"`
			}
			if err := w.admin.Do(ctx, http.MethodPost, "/v1/workspaces", map[string]string{"name": fmt.Sprintf("Toko %d", i)}, &made); err != nil {
				return err
			}
			admin = w.admin.In(made.ID)
		}
		api, err := admin.NewKey(ctx, "messages:read", "messages:send", "numbers:read", "events:read")
		if err != nil {
			return err
		}
		w.tenants = append(w.tenants, &tenant{admin, api})
	}
	return nil
}

// link links more numbers until there are n, a few at a time, spread over the workspaces.
func (w *world) link(ctx context.Context, n int) error {
	begun := len(w.numbers)
	made := make([]*number, max(0, n-begun))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range made {
		group.Go(func() (err error) {
			if made[i], err = w.addNumber(ctx, begun+i); err != nil {
				return err
			}
			return made[i].tenant.admin.Pair(ctx, made[i].id, made[i].phone)
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("link: %w", err)
	}
	w.numbers = append(w.numbers, made...)
	return nil
}

// addNumber makes the i-th number, its phone and its contacts.
func (w *world) addNumber(ctx context.Context, i int) (*number, error) {
	n := &number{tenant: w.tenants[i%len(w.tenants)], phone: w.network.Account(fmt.Sprintf("62811%07d", i))}
	made, err := n.tenant.admin.AddNumber(ctx, fmt.Sprintf("Number %d", i))
	n.id = made.ID
	for c := range w.set.contacts {
		n.contacts = append(n.contacts, w.network.Contact(fmt.Sprintf("62857%06d%02d", i, c)))
	}
	return n, err
}

// acquaint lets everybody write to everybody else once, both ways: sessions and conversations are made then, and not while
// something is measured.
func (w *world) acquaint(ctx context.Context) error {
	n := len(w.numbers) * w.set.contacts
	if n == 0 {
		return nil
	}
	if _, err := w.exactly(ctx, w.writing(), n); err != nil {
		return fmt.Errorf("first messages in: %w", err)
	}
	if _, err := w.exactly(ctx, w.sending(w.numbers, w.set.outbound, w.set.callers), n); err != nil {
		return fmt.Errorf("first messages out: %w", err)
	}
	return nil
}

// behave changes what all contacts do by themselves.
func (w *world) behave(b sim.Behaviour) {
	for _, n := range w.numbers {
		for _, c := range n.contacts {
			c.SetBehaviour(b)
		}
	}
}
