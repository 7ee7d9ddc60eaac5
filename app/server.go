package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// listener is one HTTP server with its open socket.
type listener struct {
	server *http.Server
	socket net.Listener
}

// listen opens addr at once, so that a port in use is an error of the start. With a certificate it speaks HTTPS.
func listen(addr, certFile, keyFile string, h http.Handler, log *slog.Logger) (*listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (choose another with --http.listen): %w", addr, err)
	}
	if certFile != "" {
		cert, err := newCertificate(certFile, keyFile, log)
		if err != nil {
			_ = socket.Close()
			return nil, err
		}
		socket = tls.NewListener(socket, &tls.Config{
			GetCertificate: cert.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	return &listener{socket: socket, server: &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// serve answers until shutdown.
func (l *listener) serve() error {
	if err := l.server.Serve(l.socket); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shutdown lets requests in flight finish until ctx ends. Realtime connections are hijacked and not waited for.
func (l *listener) shutdown(ctx context.Context) error {
	if err := l.server.Shutdown(ctx); err != nil {
		return errors.Join(err, l.server.Close())
	}
	return nil
}
