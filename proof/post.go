package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
)

// postOffice is a mail server that refuses every login and repeats what it was told, as some do.
type postOffice struct {
	listener net.Listener
	work     sync.WaitGroup
}

func newPostOffice() (*postOffice, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &postOffice{listener: l}
	p.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.work.Go(func() { p.serve(c) })
		}
	})
	return p, nil
}

func (p *postOffice) port() string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String()) // an address of Go's own
	return port
}

func (p *postOffice) close() {
	_ = p.listener.Close()
	p.work.Wait()
}

func (p *postOffice) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	say := func(line string) { _, _ = fmt.Fprintf(c, "%s\r\n", line) }
	say("220 post")
	for scan := bufio.NewScanner(c); scan.Scan(); {
		line := scan.Text()
		switch word, _, _ := strings.Cut(strings.ToUpper(line), " "); word {
		case "EHLO", "HELO":
			say("250-post")
			say("250 AUTH PLAIN LOGIN")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("535 5.7.8 not accepted: " + line)
		}
	}
}
