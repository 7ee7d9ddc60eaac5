package number

import (
	"sync"
	"time"

	"github.com/sapa-chat/sapa/wa"
)

// observing tells the observers of one number, in order and beside the runner: a lane may need a while to stop.
type observing struct {
	s  *Service
	mu sync.Mutex
	// ready is what was told last.
	ready   bool
	queue   []func(Observer)
	running chan struct{} // closed when the queue is empty; nil while nothing runs
}

func (o *observing) isReady(n wa.NumberRef, link wa.Link) {
	o.tell(true, func(ob Observer) { ob.Ready(n, link) })
}

func (o *observing) gone(n wa.NumberRef) { o.tell(false, func(ob Observer) { ob.Gone(n) }) }

func (o *observing) tell(ready bool, fn func(Observer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ready == ready && !ready {
		return
	}
	o.ready = ready
	o.queue = append(o.queue, fn)
	if o.running == nil {
		o.running = make(chan struct{})
		go o.drain(o.running) // waited for by the runner's shut
	}
}

func (o *observing) drain(done chan struct{}) {
	defer close(done)
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.running = nil
			o.mu.Unlock()
			return
		}
		fn := o.queue[0]
		o.queue = o.queue[1:]
		o.mu.Unlock()
		for _, ob := range o.s.observers {
			fn(ob)
		}
	}
}

func (o *observing) wait(longest time.Duration) {
	o.mu.Lock()
	done := o.running
	o.mu.Unlock()
	if done != nil {
		waitFor(done, longest)
	}
}
