package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
	"github.com/sapa-chat/sapa/wa"
)

// Provider opens links to WhatsApp Web. Safe for concurrent use.
type Provider struct {
	store   DeviceStore
	log     *slog.Logger
	clock   clock.Clock
	cache   *cache
	rings   atomic.Uint64
	network network
	direct  *http.Client // one transport for all links without a proxy
	payload *payload
	kept    Versions
	imports chan struct{} // one part of a history at a time
	history int
	// codeLife is how long each QR code is shown; 0: as WhatsApp Web does.
	codeLife time.Duration
}

// Config is what a Provider needs. Only Store is required.
type Config struct {
	// Store keeps the devices' keys.
	Store DeviceStore
	// Simulator sends every connection to a simulated network. It is process-wide, because whatsmeow's certificate root is:
	// a process talks to the real network or to simulators with one root.
	Simulator *Simulator
	// ProxyNetworks are where a number's proxy may be besides the public internet.
	ProxyNetworks []netip.Prefix
	// Version overrides WhatsApp's client version ("2.3000.1045649367"); empty takes the newest of whatsmeow's, what
	// RefreshVersion found, and what Versions has.
	Version string
	// Versions keeps the client version that was found; nil: it lives as long as the Provider.
	Versions Versions
	// DeviceName is what the phone shows under linked devices; default "Sapa".
	DeviceName string
	// CacheBytes bounds the keys in memory, over all links; default 64 MB.
	CacheBytes int
	// CodeLife is how long each QR code is shown; default as WhatsApp Web does, 60 s for the first of six and 20 s for every
	// other. Tests shorten it.
	CodeLife time.Duration
	// History is how many messages of each chat a part of a number's past may bring, the newest; default 1,000, negative is none.
	History int
	// Clock stamps codes; default the system's.
	Clock clock.Clock
	// Log takes what an operator should know; default: discarded.
	Log *slog.Logger
}

// Simulator is a simulated network: its base URL ("http://127.0.0.1:1234") and the public key of its certificate root. Both are required.
type Simulator struct {
	URL  string
	Root [32]byte
}

const (
	defaultCacheBytes = 64 << 20
	defaultHistory    = 1000
)

// New makes a Provider. It fails when a simulator is named incompletely, or when this process already uses another root.
func New(c Config) (*Provider, error) {
	if c.Store == nil {
		return nil, errors.New("wa/web: a device store is needed")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = defaultCacheBytes
	}
	if c.History == 0 {
		c.History = defaultHistory
	}
	network, err := networkOf(c.Simulator)
	if err != nil {
		return nil, err
	}
	network.proxies = c.ProxyNetworks
	payload, err := newPayload(c.Version, c.DeviceName)
	if err != nil {
		return nil, err
	}
	signalSink.CompareAndSwap(nil, c.Log)
	p := &Provider{store: c.Store, log: c.Log, clock: c.Clock, cache: newCache(c.CacheBytes), network: network, payload: payload, kept: c.Versions,
		imports: make(chan struct{}, 1), history: max(c.History, 0), codeLife: c.CodeLife}
	p.direct, err = p.network.client("")
	return p, err
}

// Open makes a link. It is not connected yet and has used neither network nor database.
func (p *Provider) Open(_ context.Context, spec wa.Spec, r wa.Receiver) (wa.Link, error) {
	client := p.direct
	if spec.Proxy != "" {
		var err error
		if client, err = p.network.client(spec.Proxy); err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Link{p: p, spec: spec, to: r, http: client, ctx: ctx, cancel: cancel,
		log: p.log.With("workspace", spec.Workspace, "number", spec.ID)}, nil
}

// Forget deletes the number's device keys.
func (p *Provider) Forget(ctx context.Context, n wa.NumberRef) error {
	return p.store.Forget(ctx, n)
}
