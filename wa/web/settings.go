package web

import (
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/wa"
)

// named passes on the account's name, now that it is known.
func (c *conn) named() {
	if c.client.Store.PushName != "" {
		c.tell(wa.Signal{Kind: wa.SignalPushName, Person: c.account()})
		c.appear()
	}
}

// appear goes online: only then does WhatsApp tell when contacts type. It needs the account's name, which arrives some time after a pairing.
func (c *conn) appear() {
	if c.client.Store.PushName == "" || !c.ready.Load() {
		return
	}
	if err := c.client.SendPresence(c.ctx, types.PresenceAvailable); err != nil {
		c.log.Info("could not go online", "error", clean(err.Error()))
	}
}

// resync fetches settings that did not add up anew, once per collection and connection. There is no second step: what whatsmeow
// offers beyond it (BuildFatalAppStateExceptionNotification) unlinks all of the account's devices.
func (c *conn) resync(e *events.AppStateSyncError) {
	if _, again := c.resynced.LoadOrStore(e.Name, true); again {
		c.log.Warn("the account's settings do not add up", "collection", string(e.Name), "error", clean(e.Error.Error()))
		return
	}
	c.fetch(e.Name)
}

// nameless asks for the account's name where it did not arrive after the pairing, because its settings could not be read then.
func (c *conn) nameless() {
	if c.client.Store.PushName != "" {
		return
	}
	if key, err := c.client.Store.AppStateKeys.GetLatestAppStateSyncKeyID(c.ctx); err != nil || len(key) == 0 {
		return // right after a pairing the phone has not sent its key yet
	}
	c.fetch(appstate.WAPatchCriticalBlock)
}

// fetch reads a collection of settings from its beginning, in the background.
func (c *conn) fetch(name appstate.WAPatchName) {
	c.work.Go(func() {
		if err := c.client.FetchAppState(c.ctx, name, true, false); err != nil && c.ctx.Err() == nil {
			c.log.Info("the account's settings could not be read", "collection", string(name), "error", clean(err.Error()))
		}
	})
}
