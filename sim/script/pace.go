package script

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pace is how fast people are. Each duration is a middle; a real one lies between half and one and a half of it.
type Pace struct {
	First    time.Duration // until the first of the cast writes (exactly this)
	Between  time.Duration // between the first lines of two people
	Reading  time.Duration // from the arrival of an answer to the blue ticks
	Pause    time.Duration // quiet time after which the answer is taken as complete
	Typing   time.Duration // for each character
	Longest  time.Duration // of typing one line
	Patience time.Duration // until somebody asks once more
	Rest     time.Duration // until the same person wants something else
}

// Lively is the pace of a demonstration: the first line at once, everybody there within two minutes.
func Lively() Pace {
	return Pace{
		First: 300 * time.Millisecond, Between: 9 * time.Second, Reading: 1500 * time.Millisecond, Pause: 1200 * time.Millisecond,
		Typing: 35 * time.Millisecond, Longest: 3 * time.Second, Patience: 2 * time.Minute, Rest: 3 * time.Minute,
	}
}

// Calm is closer to a real shop: a customer every few minutes.
func Calm() Pace {
	p := Lively()
	p.Between, p.Reading, p.Pause, p.Typing = 3*time.Minute, 8*time.Second, 4*time.Second, 120*time.Millisecond
	p.Longest, p.Patience, p.Rest = 12*time.Second, 10*time.Minute, 40*time.Minute
	return p
}

// Scaled multiplies every duration: 0.1 is ten times as fast.
func (p Pace) Scaled(factor float64) Pace {
	for _, d := range []*time.Duration{&p.First, &p.Between, &p.Reading, &p.Pause, &p.Typing, &p.Longest, &p.Patience, &p.Rest} {
		*d = time.Duration(float64(*d) * factor)
	}
	return p
}

// typing is how long a line takes to write.
func (p Pace) typing(line string) time.Duration {
	return min(time.Duration(len([]rune(line)))*p.Typing, p.Longest)
}

// around varies a duration by half, up or down.
func around(random *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d/2 + time.Duration(random.Int64N(int64(d)))
}

// wait returns early with ctx's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
