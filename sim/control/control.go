// Package control drives a simulated WhatsApp network from outside: a small HTTP API with
// JSON, and one page in the browser that uses it.
//
// It is for developers of companion clients, for demonstrations and for tests in other
// processes: make accounts and contacts, scan a QR code, enter a pairing code, write as a
// contact, break things, and read what the network saw. It is not for production and has
// no login; therefore it answers only on loopback, only to requests addressed to a
// loopback name, and never to pages of another origin.
//
// One port serves both: everything below /control/ is this package, everything else is
// the network itself. The guide is docs/guides/simulator.md.
//
// Invariants: the ledger, not this package, is the truth about messages; every error says
// what to do next; a Server owns its goroutines and waits for them in Close.
package control

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/history"
	"github.com/sapa-chat/sapa/sim/media"
	"github.com/sapa-chat/sapa/sim/script"
)

// DefaultAddr is where `sapa sim` listens when nothing else is said.
const DefaultAddr = "127.0.0.1:7600"

// Server is a network with its control API. Make it with New, and set the fields before it serves.
type Server struct {
	// History is the past that each newly linked companion is told; the zero value is an empty one.
	History history.Plan
	// Script, if not nil, plays customers to each account as soon as its first companion is linked. Network and
	// Account are filled in.
	Script *script.Play
	// FirstAccount is the phone number that the first scan without a number gets; the next ones count up.
	FirstAccount int64

	network *sim.Network
	media   *media.Store
	log     *slog.Logger
	live    *journal
	mux     *http.ServeMux
	routes  []Route

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	group  sync.WaitGroup

	mu    sync.Mutex // guards what follows, and History while it serves
	next  int64
	plays map[string]context.CancelFunc // running scripts by account
}

// New takes over a network that has not been started: it sets Media, OnPaired and, if there is none, Picture, and chains itself before Log, OnStanza and OnSend.
func New(network *sim.Network) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		FirstAccount: 6281200000001, network: network, media: &media.Store{}, live: newJournal(network.Now),
		mux: http.NewServeMux(), ctx: ctx, cancel: cancel, plays: map[string]context.CancelFunc{},
	}
	s.log = slog.New(s.live.handler(network.Log))
	network.Log = s.log
	network.Media = s.files()
	if network.Picture == nil {
		network.Picture = profilePicture
	}
	network.OnPaired = s.paired
	network.OnStanza = s.live.trace("from", network.OnStanza)
	network.OnSend = s.live.trace("to", network.OnSend)
	s.register()
	return s
}

// Network is the network that is driven.
func (s *Server) Network() *sim.Network { return s.network }

// Media is what the network's media servers hold.
func (s *Server) Media() *media.Store { return s.media }

// Handler serves the control API and page below /control/, and the network everywhere else.
func (s *Server) Handler() http.Handler {
	control := guard(s.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isControl(r.URL.Path):
			control.ServeHTTP(w, r)
		case r.URL.Path == "/" && isLoopbackName(r.Host):
			http.Redirect(w, r, "/control/", http.StatusFound) // a person who opened the address in a browser
		default:
			s.network.ServeHTTP(w, r)
		}
	})
}

// ListenAndServe serves until ctx ends, then cuts every connection and waits. addr must be a loopback address ("" is
// DefaultAddr, port 0 is any). ready, if not nil, is called once with the base URL.
func (s *Server) ListenAndServe(ctx context.Context, addr string, ready func(url string)) error {
	if addr == "" {
		addr = DefaultAddr
	}
	if err := checkLoopback(addr); err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for the simulator: %w", err)
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if ready != nil {
		ready("http://" + listener.Addr().String())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		closed := errors.Join(s.Close(), server.Close())
		<-failed // Serve has returned
		return closed
	}
	return errors.Join(fmt.Errorf("serve the simulator: %w", err), s.Close())
}

// Close stops the scripts, cuts every connection of the network and forgets the media.
func (s *Server) Close() error {
	s.cancel()
	s.group.Wait()
	return errors.Join(s.network.Close(), s.media.Close())
}

// Root is the network's certificate root as clients are given it: standard base64 of 32 bytes.
func (s *Server) Root() string {
	root := s.network.RootKey()
	return base64.StdEncoding.EncodeToString(root[:])
}

// Pointing is the text that tells a person how to point `sapa serve` at the network at url.
func (s *Server) Pointing(url string) string {
	return fmt.Sprintf(`A simulated WhatsApp network runs at %[1]s
Its control page: %[1]s/control/

Point Sapa at it, in sapa.yaml:

    whatsapp:
      simulator:
        url: %[1]s
        root: %[2]s

or by environment:

    SAPA_WHATSAPP_SIMULATOR_URL=%[1]s SAPA_WHATSAPP_SIMULATOR_ROOT=%[2]s sapa serve

Nothing here reaches the real WhatsApp.
`, url, s.Root())
}

// paired runs for each new companion: first its past, then the customers.
func (s *Server) paired(ctx context.Context, account *sim.Account, companion sim.Companion) {
	s.live.note("companion linked", account.Phone(), fmt.Sprintf("device %d, %s", companion.Device, companion.Platform))
	if err := s.plan().Send(ctx, account, companion.Device, s.media); err != nil && ctx.Err() == nil {
		s.log.Warn("the history could not be sent", "device", companion.Device, "error", err)
	}
	if s.Script != nil {
		s.play(account, *s.Script)
	}
}
