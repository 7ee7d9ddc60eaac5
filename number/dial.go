package number

import (
	"context"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// dial opens the connection beside the runner's goroutine.
func (r *runner) dial() {
	if r.dialing { // the last try is about to end
		r.connectAt(50 * time.Millisecond)
		return
	}
	if err := r.open(); err != nil {
		r.log.Warn("a link could not be opened", "error", err)
		r.dialed(err)
		return
	}
	r.dialing = true
	link := r.link
	r.s.work.Go(func() {
		leave, err := r.s.admission.enter(r.ctx)
		if err == nil {
			ctx, cancel := context.WithTimeout(r.ctx, r.s.limits.ConnectTimeout)
			err = link.Connect(ctx)
			cancel()
		}
		r.later(func() {
			r.dialing, r.leave = false, leave
			r.dialed(err)
		})
		if r.ctx.Err() != nil && leave != nil {
			leave()
		}
	})
}

// open makes the link, anew when the proxy has changed.
func (r *runner) open() error {
	n := r.snapshot()
	if r.link != nil && r.proxy == n.Proxy {
		return nil
	}
	if r.link != nil {
		r.link.Close()
		r.link = nil
	}
	link, err := r.s.provider.Open(r.ctx, wa.Spec{NumberRef: r.ref, Proxy: n.Proxy, Paired: r.paired}, receiver{r.s})
	if err != nil {
		return err
	}
	r.link, r.proxy = link, n.Proxy
	return nil
}

// dialed goes on when the socket stands, or does not.
func (r *runner) dialed(err error) {
	switch {
	case !r.on || r.stop:
		r.drop()
	case err == nil && r.proxy != r.snapshot().Proxy && !r.pairingOpen(): // another was chosen meanwhile
		r.drop()
		r.connectAt(0)
	case err == nil:
		if r.up.IsZero() && !r.codesShown() {
			r.due.login = time.Now().Add(r.patience())
		}
	case fault.ReasonOf(err) == CauseProxy:
		r.refusedProxy()
	case fault.ReasonOf(err) == CauseInstallation:
		r.noRoom()
	case r.pairingOpen() && !r.paired:
		r.failPairing("whatsapp_unreachable", "WhatsApp could not be reached. Check the network, or the proxy, and try again.")
	default:
		r.log.Info("could not connect", "attempt", r.attempts+1, "error", err)
		r.again(Transition{Cause: CauseUnreachable, Text: "WhatsApp, or the proxy, could not be reached. Trying again."}, 0)
	}
}

// refusedProxy waits for another proxy, or for the operator.
func (r *runner) refusedProxy() {
	const text = "The proxy is not on the public internet. Change it, or let the operator of this installation allow its network with number.proxy_networks."
	if r.pairingOpen() && !r.paired {
		r.failPairing(CauseProxy, text)
		return
	}
	r.again(Transition{Cause: CauseProxy, Text: text}, 5*time.Minute)
}

// noRoom waits until the process holds less memory, or has been given more.
func (r *runner) noRoom() {
	const text = "This installation has no memory left for another connection. Ask its administrator to give it more; a number that is connected stays so."
	if r.pairingOpen() && !r.paired {
		r.failPairing(CauseInstallation, text)
		return
	}
	r.again(Transition{Cause: CauseInstallation, Text: text}, time.Minute)
}

// patience is how long a login may take: twice as long after each that was too slow, or a machine that is busy with the keys of
// a new device would never come to its end.
func (r *runner) patience() time.Duration {
	longest := r.s.limits.ConnectTimeout
	if r.paired && r.pairingOpen() {
		longest = r.s.limits.PairedTimeout
	}
	return longest << min(r.slow, 4)
}

// slowLogin gives up on a connection on which WhatsApp does not log us in.
func (r *runner) slowLogin() {
	r.slow++
	if r.pairingOpen() && !r.paired {
		r.failPairing("no_answer", "WhatsApp did not answer. Try again in a moment.")
		return
	}
	if r.pairingOpen() { // linked, but the restart was lost: once more, at once
		r.drop()
		r.connectAt(0)
		return
	}
	r.again(Transition{Cause: CauseUnreachable, Text: "WhatsApp did not answer. Trying again."}, 0)
}
