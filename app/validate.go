package app

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Validate reports everything that is wrong with the settings, without touching anything outside.
func (c *Config) Validate() error {
	return errors.Join(
		address("http.listen", c.HTTP.Listen),
		c.HTTP.validate(),
		c.WhatsApp.Simulator.validate(),
		oneOf("log.level", strings.ToLower(c.Log.Level), "debug", "info", "warn", "error"),
		oneOf("log.format", c.Log.Format, "text", "json"),
		oneOf("mail.tls", c.Mail.TLS, "starttls", "tls", "none"),
		atLeast("whatsapp.connects_per_second", c.WhatsApp.ConnectsPerSecond, 0),
		atLeast("whatsapp.history_messages", float64(c.WhatsApp.HistoryMessages), 0),
		c.Number.validate(),
		atLeast("send.gap", c.Send.Gap.Seconds(), 0),
		atLeast("send.jitter", c.Send.Jitter.Seconds(), 0),
		atLeast("events.keep", c.Events.Keep.Hours(), 1),
		atLeast("realtime.max_connections", float64(c.Realtime.MaxConnections), 1),
		atLeast("realtime.max_per_address", float64(c.Realtime.MaxPerAddress), 1),
		c.databaseValid(),
		c.mailValid(),
	)
}

func (c *Config) databaseValid() error {
	d := c.Database
	if (d.CommitDelay != 0 || d.CommitAlone) && !c.WhatsApp.Simulator.On() {
		return errors.New("database.commit_delay, database.commit_alone: only for measuring, with a simulator in the place of WhatsApp")
	}
	if d.CommitDelay < 0 || d.CommitDelay > time.Second {
		return errors.New("database.commit_delay: between 0s and 1s")
	}
	if d.URL == "" {
		return nil
	}
	u, err := url.Parse(d.URL)
	if err != nil || !slices.Contains([]string{"postgres", "postgresql"}, u.Scheme) {
		return errors.New("database.url: only postgres://… is understood; leave it empty for the embedded database")
	}
	return nil
}

func (c *Config) mailValid() error {
	if c.Mail.Host != "" && c.Mail.From == "" {
		return errors.New("mail.from: a sender address is needed with mail.host")
	}
	return nil
}

func (h HTTPConfig) validate() error {
	var errs []error
	if (h.TLSCert == "") != (h.TLSKey == "") {
		errs = append(errs, errors.New("http.tls_cert and http.tls_key: give both or none"))
	}
	if h.PublicURL != "" {
		errs = append(errs, webAddress("http.public_url", h.PublicURL))
	}
	if h.DebugListen != "" {
		errs = append(errs, loopback("http.debug_listen", h.DebugListen))
	}
	_, err := h.proxies()
	return errors.Join(append(errs, err)...)
}

// proxies reads trusted_proxies as networks.
func (h HTTPConfig) proxies() ([]netip.Prefix, error) {
	return networks("http.trusted_proxies", h.TrustedProxies)
}

// proxies reads proxy_networks as networks.
func (n NumberConfig) proxies() ([]netip.Prefix, error) {
	return networks("number.proxy_networks", n.ProxyNetworks)
}

func (n NumberConfig) validate() error {
	_, err := n.proxies()
	return errors.Join(
		atLeast("number.pairings_per_hour", float64(n.PairingsPerHour), 1),
		atLeast("number.max_per_workspace", float64(n.MaxPerWorkspace), 1),
		err,
	)
}

// networks reads addresses and networks in CIDR notation.
func networks(key string, texts []string) ([]netip.Prefix, error) {
	var nets []netip.Prefix
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			nets = append(nets, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is neither an address nor a network", key, text)
		}
		nets = append(nets, prefix)
	}
	return nets, nil
}

// On reports whether a simulator stands in for WhatsApp.
func (s SimulatorConfig) On() bool { return s.URL != "" }

func (s SimulatorConfig) validate() error {
	if (s.URL == "") != (s.Root == "") {
		return errors.New("whatsapp.simulator.url and whatsapp.simulator.root: give both or none; sapa sim prints them")
	}
	if !s.On() {
		return nil
	}
	_, err := s.RootKey()
	return errors.Join(webAddress("whatsapp.simulator.url", s.URL), err)
}

// RootKey is the decoded certificate root.
func (s SimulatorConfig) RootKey() (key [32]byte, err error) {
	raw, err := base64.StdEncoding.DecodeString(s.Root)
	if err != nil || len(raw) != len(key) {
		return key, errors.New("whatsapp.simulator.root: not 32 bytes in base64; copy it from what sapa sim prints")
	}
	copy(key[:], raw)
	return key, nil
}

func (l LogConfig) level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}

func address(key, text string) error {
	if _, _, err := net.SplitHostPort(text); err != nil {
		return fmt.Errorf("%s: %q is not an address like 127.0.0.1:8080", key, text)
	}
	return nil
}

func loopback(key, text string) error {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		return address(key, text)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: %q is not on the loopback interface; profiles show memory and must not be reachable from outside", key, text)
	}
	return nil
}

func webAddress(key, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%s: %q is not an address like https://sapa.example.com", key, text)
	}
	return nil
}

func oneOf(key, text string, allowed ...string) error {
	if !slices.Contains(allowed, text) {
		return fmt.Errorf("%s: %q is none of %s", key, text, strings.Join(allowed, ", "))
	}
	return nil
}

func atLeast(key string, value, least float64) error {
	if value < least {
		return fmt.Errorf("%s: must be at least %v", key, least)
	}
	return nil
}
