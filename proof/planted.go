package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/e2e/drive"
	"github.com/sapa-chat/sapa/sim"
)

// bug is a change of one line of the program that must be reported when the program is killed. No bug lives in the tree:
// each is put over it while a program of its own is built.
type bug struct {
	name string
	file string
	// was must be in the file exactly once; is takes its place.
	was, is string
	// way and crimes are its own reason: what the judge must find, at least one of them.
	way    string
	crimes []drive.Crime
}

func bugs() []bug {
	return []bug{{
		name: "WhatsApp is acknowledged before the commit", file: "wa/web/conn.go",
		was: "cli.SynchronousAck = true", is: "cli.SynchronousAck = false",
		way: "in", crimes: []drive.Crime{drive.Forgotten, drive.Disordered},
	}, {
		name: "a new id on a retry", file: "send/lane.go",
		was: "sent, err := l.out.Send(ctx, c.Out)",
		is:  "if c.Attempt > 1 {\n\t\tc.Out.ID = c.Out.ID[:len(c.Out.ID)-2] + \"00\"\n\t}\n\tsent, err := l.out.Send(ctx, c.Out)",
		way: "out", crimes: []drive.Crime{drive.Doubled},
	}, {
		name: "a session is written after the wire", file: "wa/web/signal.go",
		was: "if err != nil {\n\t\treturn err\n\t}\n\treturn r.flush(ctx)\n}\n\n// DeleteSession", is: "return err\n}\n\n// DeleteSession",
		way: "out", crimes: []drive.Crime{drive.Disordered}, // a key is used twice: the contact asks for the later message again
	}}
}

// planted shows that the judge of the kill proof can find something: builds with a planted bug are killed until each is
// reported, for its own reason. The program as it is goes first and is reported for nothing.
func planted(ctx context.Context, r *run) error {
	row := r.row("none", "the program as it is, killed at the same pace, is reported for nothing")
	if err := r.hunt(ctx, row, bug{}, pick(r, 5, 30)); err != nil {
		return err
	}
	for i, b := range bugs() {
		row := r.row(b.name, "a build with this bug is reported for its own reason: "+reasons(b))
		binary := filepath.Join(r.dir, fmt.Sprintf("sapa-with-bug-%d", i))
		if err := b.build(ctx, binary); err != nil {
			return err
		}
		if err := r.hunt(ctx, row, b, pick(r, 60, 200), binary); err != nil {
			return err
		}
	}
	return nil
}

func reasons(b bug) string {
	var all []string
	for _, c := range b.crimes {
		all = append(all, string(c))
	}
	return "messages " + b.way + " " + strings.Join(all, " or ")
}

// hunt kills the program again and again until the judge finds the bug, at most so many times. Without a bug every
// finding breaks the row.
func (r *run) hunt(ctx context.Context, row *row, b bug, rounds int, binary ...string) error {
	// WhatsApp takes its time, so that there is always something on the wire.
	slow := func(n *sim.Network) { n.Faults.AckDelay = 20 * time.Millisecond }
	w, err := r.open(ctx, plan{numbers: 4, beat: 40 * time.Millisecond, binary: strings.Join(binary, ""), knobs: slow})
	if err != nil {
		return err
	}
	defer w.server.Kill()
	for round := 1; round <= rounds; round++ {
		found, err := w.killedTalk(ctx, round)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			r.say("round %d: %d findings, the first: %s", round, len(found), found[0])
		}
		if b.name == "" {
			row.keep(len(found) == 0, "round %d: %v", round, found)
			continue
		}
		if i := slices.IndexFunc(found, b.caused); i >= 0 {
			row.measure("reported in round %d: %s", round, found[i])
			return nil
		}
	}
	row.measure("%d rounds", rounds)
	row.keep(b.name == "", "not reported in %d rounds", rounds)
	return nil
}

func (b bug) caused(f drive.Finding) bool {
	return f.Way == b.way && slices.Contains(b.crimes, f.Crime)
}

// killedTalk lets every number talk with a new contact, kills the program meanwhile, often while it still takes what came
// when it was down, and judges.
func (w *world) killedTalk(ctx context.Context, round int) ([]drive.Finding, error) {
	for i, l := range w.lanes {
		w.lanes[i] = &drive.Lane{Number: l.Number, Account: l.Account, Beat: l.Beat, Contact: w.net.Contact(fmt.Sprintf("62858%03d%04d", round, i))}
	}
	stop := w.talk(ctx)
	for range 4 {
		if !pause(ctx, 200*time.Millisecond+rand.N(600*time.Millisecond)) {
			return nil, ctx.Err()
		}
		w.server.Kill()
		if _, err := w.server.Launch(ctx); err != nil {
			return nil, err
		}
	}
	if err := stop(); err != nil {
		return nil, err
	}
	_, found, err := w.judge(ctx, 15*time.Second)
	return found, err
}

// build builds the program with the bug.
func (b bug) build(ctx context.Context, path string) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(root, b.file)
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if n := strings.Count(string(source), b.was); n != 1 {
		return fmt.Errorf("the bug %q cannot be planted any more: %s holds its place %d times, not once; mend proof/planted.go", b.name, b.file, n)
	}
	changed := path + ".go"
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), b.was, b.is, 1)), 0o600); err != nil {
		return err
	}
	return buildOver(ctx, path, map[string]string{file: changed})
}

// buildOver builds the program with files that take the place of others, or that are not there.
func buildOver(ctx context.Context, path string, files map[string]string) error {
	overlay, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".json", overlay, 0o600); err != nil {
		return err
	}
	return build(ctx, path, "-overlay", path+".json")
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/sapa-chat/sapa").Output()
	return strings.TrimSpace(string(out)), err
}
