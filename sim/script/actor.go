package script

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// actor is one person of the cast on the stage.
type actor struct {
	play    *Play
	role    role
	place   int // 0 begins
	contact *sim.Contact
	random  *rand.Rand
}

// run plays scene after scene.
func (a *actor) run(ctx context.Context) error {
	pace := a.play.Pace
	if err := wait(ctx, pace.First+time.Duration(a.place)*around(a.random, pace.Between)); err != nil {
		return err
	}
	for round := 0; a.play.Rounds == 0 || round < a.play.Rounds; round++ {
		if err := a.perform(ctx, a.role.scenes[round%len(a.role.scenes)], round == 0 && a.place == 0); err != nil {
			return err
		}
		a.play.Log.Info("a scene ended", "name", a.role.Name, "round", round+1)
		if err := a.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// perform plays one scene to its end: content, or no answer twice as long as the patience lasts.
// The very first line of a play is not typed but there at once, so that nobody waits for it.
func (a *actor) perform(ctx context.Context, scene scene, atOnce bool) error {
	mind := newMind(a.random, a.role.Language, scene)
	a.contact.Online(true)
	defer a.contact.Online(false)
	begin := a.say
	if atOnce {
		begin = a.write
	}
	if err := begin(ctx, mind.open()); err != nil {
		return err
	}
	for {
		heard, err := a.listen(ctx, around(a.random, a.play.Pace.Patience))
		if err != nil {
			return err
		}
		line := ""
		if heard == "" {
			if line = mind.nudge(); line == "" {
				return nil
			}
		} else {
			line = mind.answer(heard)
		}
		if err := a.say(ctx, line); err != nil {
			return err
		}
		if mind.content() {
			return nil
		}
	}
}

// rest reads what still comes, until the next scene or, after the last, not at all.
func (a *actor) rest(ctx context.Context) error {
	until := time.Now().Add(around(a.random, a.play.Pace.Rest))
	closed := newMind(a.random, a.role.Language, nil)
	for time.Now().Before(until) {
		heard, err := a.listen(ctx, time.Until(until))
		if err != nil {
			return err
		}
		if heard != "" {
			if err := a.say(ctx, closed.answer(heard)); err != nil {
				return err
			}
		}
	}
	return nil
}

// listen waits for words of the account, and for the quiet after them; then it shows the blue ticks. "" is none within the time.
func (a *actor) listen(ctx context.Context, patience time.Duration) (string, error) {
	var heard string
	var ids []string
	for {
		message, err := a.hear(ctx, patience)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			break
		}
		heard += " " + message.Text
		ids = append(ids, message.ID)
		patience = a.play.Pace.Pause
	}
	if len(ids) == 0 {
		return "", nil
	}
	if err := wait(ctx, around(a.random, a.play.Pace.Reading)); err != nil {
		return "", err
	}
	return heard, a.contact.Read(ctx, a.play.Account, ids...)
}

func (a *actor) hear(ctx context.Context, patience time.Duration) (sim.Incoming, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	from := a.play.Account.Phone()
	return a.contact.WaitFor(ctx, func(m sim.Incoming) bool { return m.From == from && m.Text != "" })
}

// say types for as long as the line takes and sends it. "" says nothing.
func (a *actor) say(ctx context.Context, line string) error {
	if line == "" {
		return nil
	}
	typing := around(a.random, a.play.Pace.typing(line))
	err := errors.Join(a.contact.Type(ctx, a.play.Account, true), wait(ctx, typing), a.contact.Type(ctx, a.play.Account, false))
	if err != nil {
		return err
	}
	return a.write(ctx, line)
}

func (a *actor) write(ctx context.Context, line string) error {
	_, err := a.contact.Write(ctx, a.play.Account, line)
	return err
}
