// Package script plays the customers of a small shop: named people who write to an
// account in Indonesian and English, wait for the answer, read it (blue ticks), type,
// and go on by what the answer says.
//
// It is for demonstrations and for trying a client by hand. It is not an assistant and
// understands nothing: it looks for words. It is not for measuring either; a load test
// wants contacts with a plain sim.Behaviour.
//
// Invariants: the same seed plays the same lines and gaps (what the shop answers may
// change the course); nobody writes more than a few messages without an answer, so a
// client under test is not flooded, and two machines never talk to each other for ever;
// Run returns only when every person has stopped.
package script

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/people"
)

// Play is a cast of customers and one account to write to.
type Play struct {
	Network *sim.Network
	Account *sim.Account
	// People is how many of the cast take part, 1 to len(Cast()); 0 is all.
	People int
	// Seed chooses the variants of lines and the gaps.
	Seed uint64
	// Pace is how fast they are; the zero value is Lively.
	Pace Pace
	// Rounds is how many things each of them wants before they fall silent; 0 is as long as ctx lives.
	Rounds int
	// Log receives what happens, without any text; nil discards it.
	Log *slog.Logger
}

// Person is one of the cast.
type Person struct {
	Phone    string // digits only
	Name     string
	Language people.Language
}

// Cast lists who can take part, in the order in which they begin.
func Cast() []Person {
	out := make([]Person, len(cast))
	for i, role := range cast {
		out[i] = role.Person
	}
	return out
}

// Run plays until ctx ends or, with Rounds, until everybody has done. It returns ctx's error, or an error of the network.
// The first person writes as soon as Pace.First has passed.
func (p *Play) Run(ctx context.Context) error {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Pace == (Pace{}) {
		p.Pace = Lively()
	}
	roles := cast
	if p.People > 0 {
		roles = cast[:min(p.People, len(cast))]
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for i, role := range roles {
		group.Go(func() {
			if err := p.actor(role, i).run(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", role.Name, err))
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (p *Play) actor(role role, place int) *actor {
	contact := p.Network.Contact(role.Phone)
	contact.SetPushName(role.Name)
	return &actor{play: p, role: role, place: place, contact: contact, random: people.Random(p.Seed, "script", role.Phone)}
}
