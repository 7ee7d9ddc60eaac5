package pusher

import (
	"net"
	"sync"
	"time"
)

// outbox is the bounded queue of frames to one socket and its only writer, a
// goroutine that lives while frames wait. Its lock is a leaf: it is held for
// moments and nothing else is locked under it.
type outbox struct {
	srv *Server
	net net.Conn // set by the hijack, before the first push

	mu      sync.Mutex
	queue   [][]byte
	bytes   int
	writing bool          // a writer is running
	closing bool          // no more frames are taken
	done    chan struct{} // made when the reader ends while a writer runs; the writer closes it
	last    []byte        // the close frame, written after the queue
}

// push queues frame and never waits. A full queue closes the socket with 4200.
func (o *outbox) push(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing {
		return
	}
	limit := &o.srv.opt.Limits
	if len(o.queue) >= limit.QueueFrames || o.bytes+len(frame) > limit.QueueBytes {
		o.srv.stats.slow.Add(1)
		o.queue, o.bytes = nil, 0
		o.shutLocked(CodeReconnect, "too slow: events were dropped")
		return
	}
	o.queue = append(o.queue, frame)
	o.bytes += len(frame)
	o.wake()
}

// shut takes no more frames, and closes with code once what waits is written.
func (o *outbox) shut(code Code, reason string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing {
		o.shutLocked(code, reason)
	}
}

func (o *outbox) shutLocked(code Code, reason string) {
	o.closing, o.last = true, closeFrame(code, reason)
	o.srv.stats.closed(code)
	if o.writing { // it may be stuck on a reader that does not read
		_ = o.net.SetWriteDeadline(time.Now().Add(o.srv.opt.CloseTimeout))
	}
	o.wake()
}

// open reports whether frames are still taken.
func (o *outbox) open() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.closing
}

// finish is called when the reader ends: it waits until what is queued is
// written, at most CloseTimeout, and closes the socket. Safe to call again.
func (o *outbox) finish() {
	o.mu.Lock()
	o.closing = true
	if o.writing {
		if o.done == nil {
			o.done = make(chan struct{})
		}
		_ = o.net.SetWriteDeadline(time.Now().Add(o.srv.opt.CloseTimeout))
		done := o.done
		o.mu.Unlock()
		<-done
	} else {
		o.mu.Unlock()
	}
	_ = o.net.Close()
}

// wake starts the writer if none runs. Called with the lock held.
func (o *outbox) wake() {
	if !o.writing {
		o.writing = true
		go o.write() // finish waits for it
	}
}

// write sends what waits, in order and many frames at once, until nothing does.
func (o *outbox) write() {
	for {
		batch, timeout := o.take()
		if batch == nil {
			return
		}
		_ = o.net.SetWriteDeadline(time.Now().Add(timeout))
		var err error
		if len(batch) == 1 {
			_, err = o.net.Write(batch[0])
		} else {
			bufs := net.Buffers(batch)
			_, err = bufs.WriteTo(o.net)
		}
		if err != nil {
			o.fail()
			return
		}
	}
}

// take returns the next batch, or nil when the writer should end.
func (o *outbox) take() ([][]byte, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch, timeout := o.queue, o.srv.opt.WriteTimeout
	o.queue, o.bytes = nil, 0
	if o.closing {
		timeout = o.srv.opt.CloseTimeout
	}
	if len(batch) == 0 && o.last != nil {
		batch, o.last = [][]byte{o.last}, nil
		// The peer answers with its own close frame or is cut.
		_ = o.net.SetReadDeadline(time.Now().Add(o.srv.opt.CloseTimeout))
	}
	if len(batch) > 0 {
		return batch, timeout
	}
	o.ended()
	return nil, 0
}

// ended notes that no writer runs any more. Called with the lock held.
func (o *outbox) ended() {
	o.writing = false
	if o.done != nil {
		close(o.done)
		o.done = nil
	}
}

// fail cuts the socket after a failed write, which may have left half a frame; the reader then ends too.
func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing, o.queue, o.last = true, nil, nil
	_ = o.net.Close()
	o.ended()
}
