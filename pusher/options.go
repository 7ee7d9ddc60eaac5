package pusher

import (
	"log/slog"
	"time"

	"github.com/sapa-chat/sapa/internal/clock"
)

// Options configure a Server. Apps is required; a zero value elsewhere takes the default in brackets.
type Options struct {
	Apps Apps
	// Log receives what an operator should know [discarded]. Never data of events.
	Log *slog.Logger
	// Clock dates HTTP calls and cached events, and measures the rates of what clients send [the system's].
	Clock clock.Clock

	// ActivityTimeout is advertised: a client that heard nothing for so long sends a ping [30 s, below the 60 s after which proxies cut].
	ActivityTimeout time.Duration
	// PingAfter is how long a client may be silent before the server pings it [60 s].
	PingAfter time.Duration
	// PongTimeout is how long it then has to say anything before it is closed with 4201 [30 s].
	PongTimeout time.Duration
	// WriteTimeout bounds one write to the network [10 s].
	WriteTimeout time.Duration
	// CloseTimeout is how long a closed client has to answer before the socket is cut [2 s].
	CloseTimeout time.Duration
	// CacheTTL is how long a cache channel remembers its last event [30 min].
	CacheTTL time.Duration

	Limits Limits
}

// Limits bound what clients and callers may ask for. A zero field takes the default in brackets. PerAddress believes the
// request's RemoteAddr: behind a proxy the program must make it the client's, or all clients share one limit.
type Limits struct {
	Connections       int // open sockets of the whole server; more are closed with 4100 [20,000]
	PerAddress        int // open sockets of one address, or of a /64 in IPv6; more are closed with 4100 [1,000]
	Channels          int // subscriptions per socket [500]
	QueueFrames       int // frames that wait for one socket before it is closed with 4200 [256]
	QueueBytes        int // bytes that wait for one socket, likewise [1 MiB]
	ClientFrame       int // bytes of one frame from a client; more closes with 1009 [32 KiB]
	Frames            int // frames per second from one client, ten times as many at once; more is closed with 4100 [100]
	ClientEvents      int // client events per second and socket [10]
	EventData         int // bytes of the data of an event, by client, HTTP or Trigger [10,240]
	TriggerData       int // bytes of the data of an event by Trigger [65,536]
	PresenceMembers   int // users in one presence channel [100]
	PresenceUserBytes int // bytes of user_info [1,024]
	Watchlist         int // ids in a watchlist [100]
	CachedChannels    int // channels of one app whose last event is remembered [1,000]
	Body              int // bytes of the body of an HTTP call [512 KiB]
	EventChannels     int // channels of one HTTP event [100]
	Batch             int // events of one HTTP batch [10]
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	orElse(&o.ActivityTimeout, 30*time.Second)
	orElse(&o.PingAfter, 60*time.Second)
	orElse(&o.PongTimeout, 30*time.Second)
	orElse(&o.WriteTimeout, 10*time.Second)
	orElse(&o.CloseTimeout, 2*time.Second)
	orElse(&o.CacheTTL, 30*time.Minute)
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	orElse(&l.Connections, 20_000)
	orElse(&l.PerAddress, 1_000)
	orElse(&l.Channels, 500)
	orElse(&l.QueueFrames, 256)
	orElse(&l.QueueBytes, 1<<20)
	orElse(&l.ClientFrame, 32<<10)
	orElse(&l.Frames, 100)
	orElse(&l.ClientEvents, 10)
	orElse(&l.EventData, 10<<10)
	orElse(&l.TriggerData, 64<<10)
	orElse(&l.PresenceMembers, 100)
	orElse(&l.PresenceUserBytes, 1<<10)
	orElse(&l.Watchlist, 100)
	orElse(&l.CachedChannels, 1_000)
	orElse(&l.Body, 512<<10)
	orElse(&l.EventChannels, 100)
	orElse(&l.Batch, 10)
	return l
}

func orElse[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}
