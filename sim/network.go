package sim

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	bin "go.mau.fi/whatsmeow/binary"

	"github.com/sapa-chat/sapa/sim/web"
)

// Faults are the knobs that make the network misbehave; see [web.Faults].
type Faults = web.Faults

// TempBan is a temporary ban in [Faults].
type TempBan = web.TempBan

// Network is a WhatsApp network. The exported fields are knobs: set them before Start.
// What may change while it runs has a method. All methods are safe for concurrent use.
type Network struct {
	// Listen is the address to listen on; empty is "127.0.0.1:0".
	Listen string
	// Seed makes all keys and LIDs reproducible. Two networks with the same seed (also
	// the empty one) have the same certificate root and the same contacts.
	Seed string
	// Now is the network's clock; nil is time.Now. Faults.ClockOffset is added to it.
	Now func() time.Time
	// Log receives the network's own log; nil discards it. No message text is logged.
	Log *slog.Logger
	// Revision is the client_revision that the page at / tells, from which whatsmeow's
	// GetLatestVersion makes version 2.3000.Revision; 0 is 1029000000.
	Revision uint32
	// Refs is how many QR references a pairing offers; 0 is 6. whatsmeow shows the first
	// of six for 60 s and each other for 20 s.
	Refs int
	// RefLife is how long a reference can be scanned after the pairing began; 0 is 160 s.
	RefLife time.Duration
	// Unregistered reports whether a phone number (digits only) has no WhatsApp. Nil:
	// every number exists, and contacts come to life when somebody asks for them.
	Unregistered func(phone string) bool
	// Behaviour is how contacts without a behaviour of their own act. The zero value
	// receives, sends delivery receipts, and says nothing.
	Behaviour Behaviour
	// BlindPhones spares the phones of accounts the decryption of what their companions
	// send (for load tests). Contacts always decrypt.
	BlindPhones bool
	// Faults is what is wrong from the start; change it with SetFaults.
	Faults Faults
	// OnStanza, if set, sees every stanza from a companion before it is handled, on the
	// goroutine that reads that connection. It may block to force an order of events, and
	// drops the stanza by returning false.
	OnStanza func(Stanza) bool
	// OnSend, if set, sees every stanza before it is written to a companion, on the
	// goroutine that writes that connection. It may block, and drops by returning false.
	OnSend func(Stanza) bool
	// OnFrame, if set, sees what goes to a companion as bytes: a zero byte and the binary XML of the stanza, before they
	// are sealed, on the goroutine that writes that connection. What it returns is sealed in their place, so that a client
	// gets nonsense in a frame that is right.
	OnFrame func(s Stanza, plain []byte) []byte
	// Media, if set, serves /mms/ (upload, download, delete).
	Media http.Handler
	// OnPaired, if set, runs when a new companion has logged in for the first time, after
	// the phone has sent its app state key: the place for a history sync. It runs on its
	// own goroutine; ctx ends with the network.
	OnPaired func(ctx context.Context, acc *Account, c Companion)

	// OnOnline, if set, is told when a companion has logged in and is active, and when its
	// connection ended. It must not block.
	OnOnline func(acc *Account, c Companion, online bool)
	// OnConfirmed, if set, is told each time a device has got a message for the first time, when the Ledger has it. It
	// must not block. A load program keeps a window of messages open with it, without asking the Ledger again and again.
	OnConfirmed func(Confirmation)
	// Picture, if set, tells a number's profile picture; nil, or an empty ID, is none.
	Picture func(phone string) Picture

	// Ledger is what happened to every message.
	Ledger Ledger

	running
}

// Stanza is one stanza of one companion's connection, as the hooks see it.
type Stanza struct {
	Phone  string // the account, "" before the pairing
	Device int    // the companion's device number, 0 before the pairing
	Node   *bin.Node
}

// Picture is a profile picture: an id that changes with it, and where to get it.
type Picture = web.Picture

// running is what the first use makes.
type running struct {
	once     sync.Once
	err      error
	server   *web.Server
	listener net.Listener
	http     *http.Server
	served   chan struct{}
	people   people
}

// Start listens and serves until Close.
func (n *Network) Start() error {
	n.srv()
	if n.err != nil {
		return n.err
	}
	address := n.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("simulated network: %w", err)
	}
	n.listener = listener
	n.http = &http.Server{Handler: n, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(n.server.Log.Handler(), slog.LevelDebug)}
	n.served = make(chan struct{})
	go func() {
		defer close(n.served)
		_ = n.http.Serve(listener)
	}()
	return nil
}

// srv is the server, made at the first need of it; the knobs are read then.
func (n *Network) srv() *web.Server {
	n.once.Do(func() { n.err = n.prepare() })
	return n.server
}

func (n *Network) prepare() error {
	log := n.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	authority, err := web.NewAuthority(n.Seed, n.now())
	n.server = &web.Server{
		Authority: authority, Directory: directory{n}, Journal: n.ledger(), Now: n.now, Log: log, Media: n.Media,
		Revision: cmp.Or(n.Revision, 1029000000), Refs: cmp.Or(n.Refs, 6), RefLife: cmp.Or(n.RefLife, 160*time.Second),
		OnStanza: hook(n.OnStanza), OnSend: hook(n.OnSend), OnFrame: frameHook(n.OnFrame), Ready: n.ready,
		Picture: n.Picture, Gone: n.gone,
	}
	n.server.Start()
	n.server.SetFaults(nil, func(f *Faults) { *f = n.Faults })
	if err != nil {
		return fmt.Errorf("simulated network: %w", err)
	}
	return nil
}

func hook(f func(Stanza) bool) func(*web.Conn, *bin.Node) bool {
	if f == nil {
		return nil
	}
	return func(c *web.Conn, node *bin.Node) bool { return f(stanza(c, node)) }
}

func frameHook(f func(Stanza, []byte) []byte) func(*web.Conn, *bin.Node, []byte) []byte {
	if f == nil {
		return nil
	}
	return func(c *web.Conn, node *bin.Node, plain []byte) []byte { return f(stanza(c, node), plain) }
}

func stanza(c *web.Conn, node *bin.Node) Stanza {
	s := Stanza{Node: node}
	if d := c.Device(); d != nil {
		s.Phone, s.Device = d.User.PN.User, int(d.ID)
	}
	return s
}

// Close cuts every connection and waits for every goroutine of the network.
func (n *Network) Close() error {
	n.srv().Close()
	if n.http == nil {
		return nil
	}
	err := n.http.Close()
	<-n.served
	return err
}

// URL is the base URL of the network, "http://127.0.0.1:port", after Start.
func (n *Network) URL() string { return "http://" + n.listener.Addr().String() }

// RootKey is the public key of the certificate root, for whatsmeow.WACertPubKey. It
// depends only on Seed.
func (n *Network) RootKey() [32]byte { return n.srv().Authority.RootKey() }

// ServeHTTP serves the network: the websocket at /ws/chat, the page at /, and /mms/. It
// also works without Start, in a server of the caller's; Close then ends the connections.
func (n *Network) ServeHTTP(w http.ResponseWriter, r *http.Request) { n.srv().ServeHTTP(w, r) }

// SetFaults changes what is wrong with the whole network, also for open connections.
func (n *Network) SetFaults(change func(*Faults)) { n.srv().SetFaults(nil, change) }

// CurrentFaults returns what is wrong with the whole network.
func (n *Network) CurrentFaults() Faults { return n.srv().FaultsOf(nil) }

// ledger is where phones and contacts write what they made of messages.
func (n *Network) ledger() journal {
	return journal{ledger: &n.Ledger, now: n.now, confirmed: n.OnConfirmed}
}

func (n *Network) now() time.Time {
	if n.Now == nil {
		return time.Now()
	}
	return n.Now()
}
