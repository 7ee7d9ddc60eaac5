// Package drive starts the real program as its own process and uses it over HTTP the way people and programs do.
// Tests of whole stories, benches and proofs share it. It knows nothing of the program's inside: only the binary,
// its settings, its terminal and its API.
package drive

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options says what to start. Binary and Dir are required.
type Options struct {
	// Binary is the built program; Dir holds its data, its key and its log.
	Binary string
	Dir    string
	// Settings are flags such as "--send.gap=0s".
	Settings []string
	// Env is added to an otherwise almost empty environment.
	Env []string
	// Roots, when set, says that the settings make the program speak HTTPS, with a certificate under one of these.
	Roots *x509.CertPool
}

// Server is a running program. It can be killed, stopped and started again on the same data and address.
type Server struct {
	URL string

	opt  Options
	addr string
	port io.Closer // kept for as long as the Server is used

	mu    sync.Mutex
	cmd   *exec.Cmd
	done  chan struct{}
	err   error
	lines []string
}

var setupLink = regexp.MustCompile(`/setup\?token=([A-Za-z0-9_-]+)`)

// Start starts the program on a free loopback port and waits until it is ready.
func Start(ctx context.Context, o Options) (*Server, error) {
	addr, port, err := Reserve()
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + addr, addr: addr, port: port, opt: o}
	if o.Roots != nil {
		s.URL = "https://" + addr
	}
	_, err = s.Launch(ctx)
	return s, err
}

// Launch starts the program again after a Kill or Stop, with more settings for this time, and returns how long it took to become ready.
func (s *Server) Launch(ctx context.Context, more ...string) (time.Duration, error) {
	log, err := os.OpenFile(filepath.Join(s.opt.Dir, "sapa.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(s.opt.Binary, slices.Concat([]string{"serve"}, s.Arguments(s.addr), more)...)
	cmd.Dir = s.opt.Dir
	cmd.Env = append([]string{"HOME=" + s.opt.Dir, "PATH=" + os.Getenv("PATH")}, s.opt.Env...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, errors.Join(err, log.Close())
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, errors.Join(err, log.Close())
	}
	done := make(chan struct{})
	s.mu.Lock()
	s.cmd, s.done = cmd, done
	s.mu.Unlock()
	go s.watch(cmd, out, log, done)
	err = s.ready(ctx, begun)
	return time.Since(begun), err
}

// Upgrade makes the next Launch start another build of the program.
func (s *Server) Upgrade(binary string) { s.opt.Binary = binary }

// Arguments are the settings with which the program runs, on another address.
func (s *Server) Arguments(listen string) []string {
	return append([]string{"--http.listen=" + listen, "--data.dir=" + filepath.Join(s.opt.Dir, "data"),
		"--secret.key_file=" + filepath.Join(s.opt.Dir, "master.key")}, s.opt.Settings...)
}

// watch reads the terminal and waits for the end of the process.
func (s *Server) watch(cmd *exec.Cmd, out io.Reader, log io.Closer, done chan struct{}) {
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		s.mu.Lock()
		s.lines = append(s.lines, scan.Text())
		s.mu.Unlock()
	}
	err := cmd.Wait()
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	_ = log.Close()
	close(done)
}

func (s *Server) ready(ctx context.Context, begun time.Time) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	asking := &http.Client{Transport: transport(s.opt.Roots)}
	defer asking.CloseIdleConnections()
	for {
		resp, err := asking.Get(s.URL + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-s.Ended():
			return fmt.Errorf("the program ended %s after its start: %w; its log is %s", time.Since(begun).Round(time.Millisecond), s.exit(), filepath.Join(s.opt.Dir, "sapa.log"))
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		}
	}
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func (s *Server) exit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// PID is the process id.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// Kill ends the process with SIGKILL and waits for it.
func (s *Server) Kill() {
	_ = s.signal(syscall.SIGKILL)
	<-s.Ended()
}

// Stop ends the process with SIGTERM and returns its error, if any. It kills when ctx ends first.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.Wait(ctx)
}

// Wait waits for the end of the process and returns its error: nil when the exit code is 0. It kills when ctx ends first.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.Ended():
		return s.exit()
	case <-ctx.Done():
		s.Kill()
		return ctx.Err()
	}
}

// Signal sends a signal to the process, such as SIGSTOP.
func (s *Server) Signal(sig syscall.Signal) error { return s.signal(sig) }

func (s *Server) signal(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Signal(sig)
}

// Data is the folder of the program's data.
func (s *Server) Data() string { return filepath.Join(s.opt.Dir, "data") }

// Terminal is what the program has printed for people so far.
func (s *Server) Terminal() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Log is what the program has logged so far.
func (s *Server) Log() (string, error) {
	data, err := os.ReadFile(filepath.Join(s.opt.Dir, "sapa.log"))
	return string(data), err
}

// SetupToken is the token of the newest setup link on the terminal.
func (s *Server) SetupToken() (string, error) {
	all := setupLink.FindAllStringSubmatch(s.Terminal(), -1)
	if len(all) == 0 {
		return "", errors.New("no setup link on the terminal")
	}
	return all[len(all)-1][1], nil
}
