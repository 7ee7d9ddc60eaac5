package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// measure starts the server process, opens the sockets and prints the figures.
func measure(s settings) error {
	addr, stop, err := startServer(s)
	if err != nil {
		return err
	}
	defer stop()
	before, err := used(addr)
	if err != nil {
		return err
	}
	begin := time.Now()
	crowd, err := open(addr, s)
	if err != nil {
		return err
	}
	defer crowd.close()
	opened := time.Since(begin)
	idle, err := used(addr)
	if err != nil {
		return err
	}
	n := int64(s.sockets)
	fmt.Printf("%d sockets, each subscribed to one channel\n", n)
	fmt.Printf("opened and subscribed   %.0f/s\n", float64(n)/opened.Seconds())
	fmt.Printf("memory per idle socket  %.1f kB resident (%.1f kB heap, %.1f kB stack), %.2f goroutines\n",
		perSocket(idle.RSS-before.RSS, n), perSocket(idle.Heap-before.Heap, n), perSocket(idle.Stack-before.Stack, n),
		float64(idle.Goroutines-before.Goroutines)/float64(n))
	if err := crowd.publish(addr, s); err != nil {
		return err
	}
	after, err := used(addr)
	if err != nil {
		return err
	}
	all := crowd.latencies()
	if len(all) == 0 {
		return errors.New("no event arrived")
	}
	at := func(p float64) time.Duration { return all[min(len(all)-1, int(p*float64(len(all))))] }
	fmt.Printf("fan-out of %d events     p50 %v, p99 %v, slowest %v\n", s.events, round(at(0.5)), round(at(0.99)), round(all[len(all)-1]))
	fmt.Printf("delivered               %d of %d, %.1f µs of the server's processor time each\n", len(all), s.sockets*s.events,
		float64((after.CPU-idle.CPU).Microseconds())/float64(len(all)))
	fmt.Printf("memory afterwards       %.1f kB resident per socket\n", perSocket(after.RSS-before.RSS, n))
	return nil
}

func perSocket(bytes, n int64) float64 { return float64(bytes) / 1000 / float64(n) }

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// startServer starts this program again as the server.
func startServer(s settings) (addr string, stop func(), err error) {
	cmd := exec.Command(os.Args[0], "-serve", "-sockets", strconv.Itoa(s.sockets), "-size", strconv.Itoa(s.size))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(line), func() { _ = in.Close(); _ = cmd.Wait() }, err
}

func used(addr string) (u usage, err error) {
	answer, err := http.Get("http://" + addr + "/usage")
	if err != nil {
		return u, err
	}
	defer answer.Body.Close()
	return u, json.NewDecoder(answer.Body).Decode(&u)
}

// crowd is all clients. Each is a bare connection and a goroutine that reads.
type crowd struct {
	sockets []net.Conn
	took    [][]time.Duration
	arrived atomic.Int64
	readers sync.WaitGroup
}

const dialers = 32

// open connects and subscribes every client.
func open(addr string, s settings) (*crowd, error) {
	c := &crowd{sockets: make([]net.Conn, s.sockets), took: make([][]time.Duration, s.sockets)}
	var next, failed atomic.Int64
	var dialing sync.WaitGroup
	for range dialers {
		dialing.Go(func() {
			for i := int(next.Add(1)) - 1; i < s.sockets; i = int(next.Add(1)) - 1 {
				if err := c.connect(addr, i); err != nil && failed.Add(1) == 1 {
					fmt.Fprintln(os.Stderr, "connect:", err)
				}
			}
		})
	}
	dialing.Wait()
	if n := failed.Load(); n > 0 {
		c.close()
		return nil, fmt.Errorf("%d sockets could not be opened", n)
	}
	return c, nil
}

const handshake = "GET /app/bench?protocol=7 HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

func (c *crowd) connect(addr string, i int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c.sockets[i] = conn
	if _, err := io.WriteString(conn, handshake); err != nil {
		return err
	}
	r := bufio.NewReaderSize(conn, 1024)
	for { // the answer's head
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "\r\n" {
			break
		}
	}
	if _, err := readFrame(r); err != nil { // connection_established
		return err
	}
	if _, err := conn.Write(masked(`{"event":"pusher:subscribe","data":{"channel":"` + channel + `"}}`)); err != nil {
		return err
	}
	if _, err := readFrame(r); err != nil { // subscription_succeeded
		return err
	}
	c.readers.Go(func() { c.read(r, i) })
	return nil
}

// read notes how long each event took.
func (c *crowd) read(r *bufio.Reader, i int) {
	for {
		payload, err := readFrame(r)
		if err != nil {
			return
		}
		var m struct {
			Event string
			Data  string
		}
		if json.Unmarshal(payload, &m) != nil || m.Event != "tick" {
			continue
		}
		sent, _ := strconv.ParseInt(strings.TrimSpace(m.Data), 10, 64)
		c.took[i] = append(c.took[i], time.Since(time.Unix(0, sent)))
		c.arrived.Add(1)
	}
}

// publish has the server publish, and waits up to ten seconds for the last to arrive.
func (c *crowd) publish(addr string, s settings) error {
	tick := time.NewTicker(s.gap)
	defer tick.Stop()
	for range s.events {
		answer, err := http.Get("http://" + addr + "/trigger")
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		<-tick.C
	}
	for deadline := time.Now().Add(10 * time.Second); c.arrived.Load() < int64(s.sockets*s.events) && time.Now().Before(deadline); {
		<-tick.C
	}
	return nil
}

// latencies ends the reading and returns all of them, sorted.
func (c *crowd) latencies() []time.Duration {
	c.close()
	return slices.Sorted(func(yield func(time.Duration) bool) {
		for _, one := range c.took {
			for _, d := range one {
				if !yield(d) {
					return
				}
			}
		}
	})
}

func (c *crowd) close() {
	for _, conn := range c.sockets {
		if conn != nil {
			_ = conn.Close()
		}
	}
	c.readers.Wait()
}

// masked is text as a client's frame under the mask of zeros; text has up to 65,535 bytes.
func masked(text string) []byte {
	f := []byte{0x81}
	if len(text) < 126 {
		f = append(f, 0x80|byte(len(text)))
	} else {
		f = binary.BigEndian.AppendUint16(append(f, 0x80|126), uint16(len(text)))
	}
	return append(append(f, 0, 0, 0, 0), text...)
}

func readFrame(r *bufio.Reader) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, err
		}
		n = int(binary.BigEndian.Uint16(head))
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return payload, err
}
