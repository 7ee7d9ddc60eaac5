package app

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/api"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/store"
	"github.com/sapa-chat/sapa/ui"
	"github.com/sapa-chat/sapa/wa/web"
)

// The small adapters between rooms that must not know each other.

// provider is WhatsApp Web, or the simulator in its place.
func (a *App) provider() (number.Provider, error) {
	proxies, err := a.cfg.Number.proxies()
	if err != nil {
		return nil, err
	}
	versions := store.ClientVersions{DB: a.db, Network: "whatsapp"}
	if a.Simulated() {
		versions.Network = "simulator"
	}
	var devices web.DeviceStore = store.Devices{DB: a.db}
	if a.disturb.Devices != nil {
		devices = a.disturb.Devices(devices)
	}
	cfg := web.Config{
		Store: devices, ProxyNetworks: proxies, Version: a.cfg.WhatsApp.ClientVersion, Versions: versions,
		Clock: a.clock, Log: a.part("whatsapp"),
		History: a.cfg.WhatsApp.HistoryMessages,
	}
	if cfg.History == 0 {
		cfg.History = -1
	}
	if a.Simulated() {
		root, err := a.cfg.WhatsApp.Simulator.RootKey()
		if err != nil {
			return nil, err
		}
		a.log.Warn("a simulator stands in for WhatsApp: nothing here reaches a real phone", "simulator", a.cfg.WhatsApp.Simulator.URL)
		cfg.Simulator = &web.Simulator{URL: a.cfg.WhatsApp.Simulator.URL, Root: root}
	}
	return web.New(cfg)
}

// simulator scans codes with simulated phones; nil when WhatsApp is real.
func (a *App) simulator() api.Simulator {
	if !a.Simulated() {
		return nil
	}
	return api.SimulatorAt{URL: a.cfg.WhatsApp.Simulator.URL}
}

// builtUI serves the embedded web interface.
func builtUI() http.Handler {
	dist, err := fs.Sub(ui.Dist, "dist")
	if err != nil {
		panic(err) // the path is a constant of the program
	}
	return newWebUI(dist, ui.Placeholder)
}

// prune removes events past their time, every hour.
func (a *App) prune(ctx context.Context) error {
	for {
		removed, err := a.db.PruneEvents(ctx, a.clock.Now().Add(-a.cfg.Events.Keep))
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("old events could not be removed", "error", err)
		case removed > 0:
			a.log.Info("old events removed", "events", removed)
		}
		if !wait(ctx, time.Hour) {
			return nil
		}
	}
}

// orLifted turns the settings' 0 (no limit) into what the parts understand: below zero.
func orLifted(perSecond float64) float64 {
	if perSecond == 0 {
		return -1
	}
	return perSecond
}
