package sim_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/simtest"
)

// Both ends are real: the companion is an unmodified whatsmeow client on SQLite in memory, in the same process.
//
//	go test ./sim -run '^$' -bench . -benchtime 2000x

// BenchmarkContactsWrite counts messages from 100 contacts until the companion has handled them.
func BenchmarkContactsWrite(b *testing.B) {
	network := simtest.Start(b, &sim.Network{BlindPhones: true})
	account := network.Account("6281200000001")
	client := simtest.Pair(b, network, account)
	var got atomic.Int64
	done := make(chan struct{})
	client.AddEventHandler(func(e any) {
		if _, text := e.(*events.Message); text && got.Add(1) == int64(b.N) {
			close(done)
		}
	})
	b.ResetTimer()
	for i := range b.N {
		_, err := network.Contact(fmt.Sprint(6281300000000+i%100)).Write(b.Context(), account, "halo")
		require.NoError(b, err)
	}
	<-done
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkCompanionWrites counts messages of a companion to 100 contacts, each until its acknowledgement.
func BenchmarkCompanionWrites(b *testing.B) {
	network := simtest.Start(b, &sim.Network{BlindPhones: true})
	client := simtest.Pair(b, network, network.Account("6281200000001"))
	b.ResetTimer()
	for i := range b.N {
		_, err := client.Send(b.Context(), fmt.Sprint(6281300000000+i%100), "halo")
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.Zero(b, network.Ledger.Total().Lost)
}

// BenchmarkContactsExist shows what a contact costs before it has said anything.
func BenchmarkContactsExist(b *testing.B) {
	network := &sim.Network{}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range b.N {
		network.Contact(fmt.Sprint(6281300000000 + i))
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "heap-B/contact")
	runtime.KeepAlive(network)
}
