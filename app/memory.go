package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What makes the program give memory back to the system: more than this to give, while it allocates less than that.
const (
	memoryLook   = 10 * time.Second
	memoryWorth  = 8 << 20  // bytes
	memoryCalm   = 16 << 20 // bytes allocated in memoryLook
	memorySecond = 2        // looks in a row that are calm
)

// memoryKeeper gives memory back after a burst: pairing many numbers, or a history that was read, leaves several times as
// much garbage behind as the numbers need, and a program that is idle then collects only every two minutes.
type memoryKeeper struct {
	last uint64 // bytes allocated since the start, at the last look
	calm int
}

func (k *memoryKeeper) run(ctx context.Context) error {
	tick := time.NewTicker(memoryLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if k.look(readMemory()) {
				debug.FreeOSMemory()
			}
		}
	}
}

// memory is what the runtime says of the heap, in bytes.
type memory struct {
	allocated uint64 // since the start
	held      uint64 // taken from the system for the heap, in use or not
	live      uint64 // marked by the last collection
}

func readMemory() memory {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(samples)
	return memory{allocated: samples[0].Value.Uint64(), live: samples[1].Value.Uint64(),
		held: samples[2].Value.Uint64() + samples[3].Value.Uint64() + samples[4].Value.Uint64()}
}

// look reports whether there is something worth giving back, and nobody who would need it again at once.
func (k *memoryKeeper) look(m memory) bool {
	quiet := m.allocated-k.last < memoryCalm
	k.last = m.allocated
	if !quiet {
		k.calm = 0
		return false
	}
	if k.calm++; k.calm < memorySecond {
		return false
	}
	return m.held > m.live+m.live/4+memoryWorth
}
