package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

type healthcheckCmd struct{}

// Run asks /readyz on the configured address; from inside a container it reaches an unspecified address on loopback.
func (healthcheckCmd) Run(i *invocation) error {
	l, err := i.load()
	if err != nil {
		return &usageError{err}
	}
	host, port, err := net.SplitHostPort(l.Config.HTTP.Listen)
	if err != nil {
		return &usageError{err}
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	scheme := "http"
	if l.Config.HTTP.TLSCert != "" {
		scheme = "https"
	}
	return ready(i.ctx, scheme+"://"+net.JoinHostPort(host, port)+"/readyz")
}

func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// The certificate names the public host, not loopback; only the answer matters here.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("not running: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("not ready: %s", body)
	}
	return nil
}

type versionCmd struct{}

// version is set by release builds: -ldflags "-X main.version=1.2.3".
var version = "development"

func (versionCmd) Run(i *invocation) error {
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = " (" + info.GoVersion + ")"
	}
	_, err := fmt.Fprintf(i.stdout, "sapa %s%s\n", version, goVersion)
	return err
}
