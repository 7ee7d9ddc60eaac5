package web

import (
	"reflect"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
)

// It has no name outside of whatsmeow: an update that calls it otherwise must not go unnoticed.
func TestTheLockOfTheSocketIsWhatsmeows(t *testing.T) {
	t.Parallel()
	field, ok := reflect.TypeFor[whatsmeow.Client]().FieldByName("socketLock")
	require.True(t, ok)
	require.Equal(t, reflect.TypeFor[sync.RWMutex](), field.Type)
	client := new(whatsmeow.Client)
	lock := socketLock(client)
	lock.Lock()
	looked := make(chan bool)
	go func() { looked <- client.IsConnected() }()
	select {
	case <-looked:
		require.Fail(t, "the client does not look at this lock")
	default:
	}
	lock.Unlock()
	require.False(t, <-looked)
}
