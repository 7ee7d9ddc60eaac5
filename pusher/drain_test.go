package pusher

import (
	"context"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestADrainSpreadsItsCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Apps: &oneApp{ID: "1"}})
		require.NoError(t, err)
		const sockets = 40
		begun := time.Now()
		told := make(chan time.Duration, sockets)
		var conns []*conn
		for i := range sockets {
			here, there := net.Pipe()
			c := &conn{srv: s, t: &transport{Conn: here}, id: fmt.Sprint(i)}
			c.t.out.srv, c.t.out.net = s, here
			conns = append(conns, c)
			go func() { // the client reads the close
				defer func() { _ = there.Close() }()
				if n, err := there.Read(make([]byte, 256)); err == nil && n > 0 {
					told <- time.Since(begun)
				}
			}()
		}
		spread(context.Background(), conns, 800*time.Millisecond, "the server restarts")
		synctest.Wait()
		require.Less(t, time.Since(begun), 800*time.Millisecond)
		slices := map[time.Duration]int{}
		for range sockets {
			slices[<-told]++
		}
		want := map[time.Duration]int{}
		for i := range time.Duration(8) {
			want[i*drainTick] = sockets / 8
		}
		require.Equal(t, want, slices, "so many at each moment")
		for _, c := range conns {
			c.t.out.finish()
		}
	})
}
