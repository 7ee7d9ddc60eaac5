// Package smtp sends the mails of package workspace through an SMTP server.
//
// One connection per mail: there are few of them, and a server that went away is noticed at once.
// It writes no mail of its own and queues nothing.
package smtp

import (
	"context"
	"fmt"

	"github.com/wneessen/go-mail"

	"github.com/sapa-chat/sapa/workspace"
)

// Mailer sends through one server. It implements workspace.Mailer.
type Mailer struct{ cfg Config }

// Config says which server.
type Config struct {
	Host string
	// Port defaults to 587.
	Port int
	// User and Password are empty for a server without authentication.
	User     string
	Password string
	// From is the sender, such as "Sapa <sapa@example.com>".
	From string
	// TLS is "starttls" (the default, and refused without it), "tls" from the first byte, or "none".
	TLS string
}

// New makes a Mailer. The server is first asked when a mail is sent.
func New(c Config) (*Mailer, error) {
	m := &Mailer{cfg: c}
	if _, err := m.client(); err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	if err := mail.NewMsg().From(c.From); err != nil {
		return nil, fmt.Errorf("smtp: the sender %q: %w", c.From, err)
	}
	return m, nil
}

func (m *Mailer) client() (*mail.Client, error) {
	var options []mail.Option
	switch m.cfg.TLS {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case "", "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		return nil, fmt.Errorf("tls is starttls, tls or none, not %q", m.cfg.TLS)
	}
	if m.cfg.Port != 0 {
		options = append(options, mail.WithPort(m.cfg.Port))
	}
	if m.cfg.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.cfg.User), mail.WithPassword(m.cfg.Password))
	}
	return mail.NewClient(m.cfg.Host, options...)
}

// Send implements workspace.Mailer.
func (m *Mailer) Send(ctx context.Context, letter workspace.Mail) error {
	msg := mail.NewMsg()
	if err := msg.From(m.cfg.From); err != nil {
		return fmt.Errorf("smtp: sender: %w", err)
	}
	if err := msg.To(letter.To); err != nil {
		return fmt.Errorf("smtp: recipient: %w", err)
	}
	msg.Subject(letter.Subject)
	msg.SetBodyString(mail.TypeTextPlain, letter.Text)
	client, err := m.client()
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	return nil
}
