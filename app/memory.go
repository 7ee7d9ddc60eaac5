package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What makes the program give memory back to the system: at two looks in a row it allocates little, and holds more than
// after it gave back last: that much, and an eighth of what lives.
const (
	memoryLook   = 5 * time.Second
	memoryWorth  = 4 << 20 // bytes
	memoryCalm   = 8 << 20 // bytes allocated in memoryLook; or an eighth of what lives, where that is more
	memorySecond = 2       // looks in a row that are calm
)

// memoryKeeper gives memory back after a burst: pairing many numbers, or a history that was read, leaves several times as
// much garbage behind as the numbers need, and a program that is idle then collects only every two minutes.
type memoryKeeper struct {
	last uint64 // bytes allocated since the start, at the last look
	calm int
	gaps uint64 // bytes held and not living right after memory was given back: they lie between what lives
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
				k.gaps = readMemory().spare()
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

func (m memory) spare() uint64 { return m.held - min(m.held, m.live) }

func readMemory() memory {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(samples)
	return memory{allocated: samples[0].Value.Uint64(), live: samples[1].Value.Uint64(),
		held: samples[2].Value.Uint64() + samples[3].Value.Uint64() + samples[4].Value.Uint64()}
}

// look reports whether there is something worth giving back, and nobody who would need it again at once.
func (k *memoryKeeper) look(m memory) bool {
	quiet := m.allocated-k.last < max(memoryCalm, m.live/8)
	k.last = m.allocated
	if !quiet {
		k.calm = 0
		return false
	}
	if k.calm++; k.calm < memorySecond {
		return false
	}
	return m.spare() > k.gaps+m.live/8+memoryWorth
}
