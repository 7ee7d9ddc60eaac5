package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// browser is a realtime socket that is subscribed to all events of a workspace, as a page is.
type browser struct {
	ws   *websocket.Conn
	done chan struct{}
}

// message is a frame of the Pusher protocol, version 7; data is JSON in a string.
type message struct {
	Event   string `json:"event"`
	Channel string `json:"channel,omitempty"`
	Data    string `json:"data"`
}

// listen opens a browser's socket; on gets every frame that comes after the subscription, and the moment.
func (w *world) listen(ctx context.Context, t *tenant, on func(frame []byte, at time.Time)) (*browser, error) {
	var about struct{ Key, Path, Channel string }
	if err := t.admin.Do(ctx, http.MethodGet, "/v1/realtime", nil, &about); err != nil {
		return nil, err
	}
	url := "ws" + strings.TrimPrefix(w.server.URL, "http") + about.Path + "/" + about.Key + "?protocol=7&client=js&version=8.4.0"
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	b := &browser{ws, make(chan struct{})}
	if err := b.subscribe(ctx, t, about.Channel); err != nil {
		_ = ws.CloseNow()
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	go b.read(on)
	return b, nil
}

func (b *browser) subscribe(ctx context.Context, t *tenant, channel string) error {
	hello, err := b.next(ctx, "pusher:connection_established")
	if err != nil {
		return err
	}
	var socket struct {
		ID string `json:"socket_id"`
	}
	if err := json.Unmarshal([]byte(hello.Data), &socket); err != nil {
		return err
	}
	var grant struct {
		Auth string `json:"auth"`
	}
	err = t.admin.Do(ctx, http.MethodPost, "/v1/realtime/auth", map[string]string{"socket_id": socket.ID, "channel_name": channel}, &grant)
	if err != nil {
		return err
	}
	ask, err := json.Marshal(map[string]any{"event": "pusher:subscribe", "data": map[string]string{"channel": channel, "auth": grant.Auth}})
	if err != nil {
		return err
	}
	if err := b.ws.Write(ctx, websocket.MessageText, ask); err != nil {
		return err
	}
	_, err = b.next(ctx, "pusher_internal:subscription_succeeded")
	return err
}

// next reads one frame, which must be of this event.
func (b *browser) next(ctx context.Context, event string) (m message, err error) {
	_, data, err := b.ws.Read(ctx)
	if err != nil {
		return m, err
	}
	if err = json.Unmarshal(data, &m); err == nil && m.Event != event {
		err = fmt.Errorf("%s instead of %s", data, event)
	}
	return m, err
}

func (b *browser) read(on func([]byte, time.Time)) {
	defer close(b.done)
	for {
		_, data, err := b.ws.Read(context.Background())
		if err != nil {
			return
		}
		if strings.HasPrefix(string(data[:min(len(data), 30)]), `{"event":"pusher:ping"`) {
			_ = b.ws.Write(context.Background(), websocket.MessageText, []byte(`{"event":"pusher:pong","data":{}}`))
			continue
		}
		on(data, time.Now())
	}
}

func (b *browser) close() {
	_ = b.ws.CloseNow()
	<-b.done
}
