package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// Messages go both ways while the program is killed three times without warning. By the network's ledger nothing is lost,
// nothing arrives twice, nothing is out of order. `go run ./proof -only kill` does it for longer and over more numbers.
func TestKilledWhileMessagesGoBothWays(t *testing.T) {
	each(t, func(t *testing.T, start func(...string) *place) {
		const numbers, rounds = 4, 3
		p := start()
		lanes := make([]*drive.Lane, numbers)
		for i := range lanes {
			lanes[i] = p.lane(t, fmt.Sprintf("628110000%03d", i), fmt.Sprintf("628570000%03d", i))
		}
		ctx := patient(t)
		stop := p.talk(ctx, t, lanes...)
		for range rounds {
			pause(ctx, time.Duration(500+rand.IntN(1500))*time.Millisecond)
			p.server.Kill()
			_, err := p.server.Launch(ctx)
			require.NoError(t, err)
		}
		pause(ctx, time.Second)
		stop()
		for _, l := range lanes {
			p.judge(ctx, t, l)
		}
	})
}

// beat is the time between two messages of a lane in one direction: slow enough that two cores under the race detector
// keep up, so that a story waits for what was killed and not for a backlog.
const beat = 50 * time.Millisecond

// lane pairs a number with a phone and lets a contact know it.
func (p *place) lane(t *testing.T, phone, contact string) *drive.Lane {
	t.Helper()
	number, account := p.linked(t, phone)
	return &drive.Lane{Number: number, Account: account, Contact: p.net.Contact(contact), Beat: beat}
}

// talk lets messages go both ways on the lanes until the function that it returns is called.
func (p *place) talk(ctx context.Context, t *testing.T, lanes ...*drive.Lane) (stop func()) {
	t.Helper()
	key, err := p.owner.NewKey(ctx, "messages:send", "messages:read", "numbers:read")
	require.NoError(t, err)
	t.Cleanup(key.Close)
	traffic, cancel := context.WithCancel(ctx)
	var talking sync.WaitGroup
	for _, l := range lanes {
		talking.Go(func() {
			if err := l.Run(traffic, key); err != nil {
				t.Error(err)
			}
		})
	}
	return func() { cancel(); talking.Wait() }
}

// judge requires that everything promised on the lane came true: by the ledger, and by what the program shows.
func (p *place) judge(ctx context.Context, t *testing.T, l *drive.Lane) {
	t.Helper()
	t.Logf("promised %d in, %d out", l.Written(), l.Accepted())
	require.Positive(t, l.Written())
	require.Positive(t, l.Accepted())
	require.Empty(t, l.Judge(ctx, p.net))
	shown, err := l.Shown(ctx, p.owner)
	require.NoError(t, err)
	require.Empty(t, shown)
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
