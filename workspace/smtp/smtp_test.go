package smtp_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
	"github.com/sapa-chat/sapa/workspace/smtp"
)

func TestSendsAMail(t *testing.T) {
	t.Parallel()
	host, port, got := server(t)
	m, err := smtp.New(smtp.Config{Host: host, Port: port, From: "Sapa <sapa@example.com>", TLS: "none"})
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), workspace.Mail{To: "rina@example.com", Subject: "Undangan", Text: "Buka tautan ini"}))
	letter := <-got
	require.Contains(t, letter, "RCPT TO:<rina@example.com>")
	require.Contains(t, letter, "Subject: Undangan")
	require.Contains(t, letter, "Buka tautan ini")
}

func TestRefusesToSendInTheClearUnlessTold(t *testing.T) {
	t.Parallel()
	host, port, _ := server(t)
	m, err := smtp.New(smtp.Config{Host: host, Port: port, From: "sapa@example.com"})
	require.NoError(t, err)
	require.Error(t, m.Send(t.Context(), workspace.Mail{To: "rina@example.com", Subject: "x", Text: "x"}))
}

func TestRefusesAWrongConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []smtp.Config{
		{Host: "mail.example.com", From: "nobody"},
		{Host: "mail.example.com", From: "sapa@example.com", TLS: "perhaps"},
	} {
		_, err := smtp.New(c)
		require.Error(t, err)
	}
}

// server speaks as much SMTP as one mail takes, without TLS, and hands over all it was told.
func server(t *testing.T) (host string, port int, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	out := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprint(conn, "220 test\r\n")
		out <- converse(conn)
	}()
	addr := l.Addr().(*net.TCPAddr)
	return addr.IP.String(), addr.Port, out
}

func converse(conn net.Conn) string {
	var all strings.Builder
	body := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		all.WriteString(line + "\n")
		switch {
		case body && line == ".":
			body = false
		case body:
			continue
		case line == "DATA":
			body = true
			_, _ = fmt.Fprint(conn, "354 go on\r\n")
			continue
		case line == "QUIT":
			_, _ = fmt.Fprint(conn, "221 bye\r\n")
			return all.String()
		}
		_, _ = fmt.Fprint(conn, "250 ok\r\n")
	}
	return all.String()
}
