package drive

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/sapa-chat/sapa/sim"
)

// Network is `sapa sim` in a process of its own, driven over its control API as any other program would.
type Network struct {
	URL string
	// Root is the certificate root that clients must trust, base64.
	Root string

	api  *Client
	cmd  *exec.Cmd
	done chan error
}

// Account is an account of the network with its companions.
type Account struct {
	Phone      string          `json:"phone"`
	LID        string          `json:"lid"`
	Companions []sim.Companion `json:"companions"`
}

var runsAt = regexp.MustCompile(`runs at (http://\S+)`)

// StartNetwork starts the program's simulator on a free loopback port. dir takes its log.
func StartNetwork(ctx context.Context, binary, dir string) (*Network, error) {
	log, err := os.Create(filepath.Join(dir, "sim.log"))
	if err != nil {
		return nil, err
	}
	n := &Network{cmd: exec.Command(binary, "sim", "--listen=127.0.0.1:0"), done: make(chan error, 1)}
	n.cmd.Dir, n.cmd.Stderr, n.cmd.Env = dir, log, []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	out, err := n.cmd.StdoutPipe()
	if err == nil {
		err = n.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	address := make(chan string, 1)
	go n.watch(out, log, address)
	select {
	case n.URL = <-address:
	case err := <-n.done:
		return nil, fmt.Errorf("the simulator ended: %w; its log is %s", err, log.Name())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), n.cmd.Process.Kill())
	}
	n.api = NewClient(n.URL)
	var about struct {
		Root string `json:"root"`
	}
	err = n.Do(ctx, http.MethodGet, "/network", nil, &about)
	n.Root = about.Root
	return n, err
}

// watch reads the terminal, tells the address and waits for the end of the process.
func (n *Network) watch(out io.Reader, log io.Closer, address chan<- string) {
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		if found := runsAt.FindStringSubmatch(scan.Text()); found != nil {
			address <- found[1]
		}
	}
	n.done <- errors.Join(n.cmd.Wait(), log.Close())
}

// Stop ends the network and returns what the process says about it.
func (n *Network) Stop() error {
	n.api.Close()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return <-n.done
}

// Settings are the flags that point the program at the network.
func (n *Network) Settings() []string {
	return []string{"--whatsapp.simulator.url=" + n.URL, "--whatsapp.simulator.root=" + n.Root}
}

// Do calls one route of the control API; path is what follows /control/v1.
func (n *Network) Do(ctx context.Context, method, path string, in, out any) error {
	err := n.api.Do(ctx, method, "/control/v1"+path, in, out)
	var p *Problem
	if errors.As(err, &p) {
		return fmt.Errorf("%s %s: %d %s", method, path, p.Status, p.Body)
	}
	return err
}

// Account reads an account.
func (n *Network) Account(ctx context.Context, phone string) (a Account, err error) {
	err = n.Do(ctx, http.MethodGet, "/accounts/"+phone, nil, &a)
	return a, err
}

// Scan lets a phone, made if need be, scan the text of a QR code.
func (n *Network) Scan(ctx context.Context, phone, qr string) error {
	return n.Do(ctx, http.MethodPost, "/scan", map[string]string{"phone": phone, "qr": qr}, nil)
}

// Write lets a contact write to an account.
func (n *Network) Write(ctx context.Context, contact, account, text string) error {
	return n.Do(ctx, http.MethodPost, "/contacts/"+contact+"/messages", map[string]string{"to": account, "text": text}, nil)
}

// WriteFromPhone lets the account's phone itself write.
func (n *Network) WriteFromPhone(ctx context.Context, account, to, text string) error {
	return n.Do(ctx, http.MethodPost, "/accounts/"+account+"/messages", map[string]string{"to": to, "text": text}, nil)
}

// Read lets a contact read everything that an account sent it.
func (n *Network) Read(ctx context.Context, contact, account string) error {
	return n.Do(ctx, http.MethodPost, "/contacts/"+contact+"/read", map[string]string{"from": account}, nil)
}

// SetFault turns a knob of one account.
func (n *Network) SetFault(ctx context.Context, account, name string, value any) error {
	return n.Do(ctx, http.MethodPut, "/accounts/"+account+"/faults/"+name, value, nil)
}

// Heal turns all knobs of an account back.
func (n *Network) Heal(ctx context.Context, account string) error {
	return n.Do(ctx, http.MethodDelete, "/accounts/"+account+"/faults", nil, nil)
}

// Act does something once to the connections of an account, such as "cut".
func (n *Network) Act(ctx context.Context, account, action string) error {
	return n.Do(ctx, http.MethodPost, "/accounts/"+account+"/actions/"+action, struct{}{}, nil)
}

// Unlink removes a companion, as on the phone.
func (n *Network) Unlink(ctx context.Context, account string, device int) error {
	return n.Do(ctx, http.MethodDelete, fmt.Sprintf("/accounts/%s/companions/%d", account, device), nil, nil)
}

// Chat reads the ledger of one chat.
func (n *Network) Chat(ctx context.Context, a, b string) ([]sim.Entry, error) {
	var l list[sim.Entry]
	err := n.Do(ctx, http.MethodGet, Query("/ledger", "a", a, "b", b), nil, &l)
	return l.Items, err
}

// Judge reads the ledger's judgement over what from sent to to.
func (n *Network) Judge(ctx context.Context, from, to string) (sum sim.Summary, err error) {
	var chat map[string]json.RawMessage
	if err := n.Do(ctx, http.MethodGet, Query("/ledger", "a", from, "b", to), nil, &chat); err != nil {
		return sum, err
	}
	return sum, json.Unmarshal(chat[from], &sum)
}
