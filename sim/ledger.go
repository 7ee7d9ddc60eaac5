package sim

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Ledger is the network's own record of every message, in memory. It is complete: what is
// not in it did not reach the network. The zero value is ready.
type Ledger struct {
	mu    sync.RWMutex
	chats map[[2]string]*chat
}

// Entry is one message: one id of one sender in one chat.
type Entry struct {
	ID   string `json:"id"`
	From string `json:"from"` // phone numbers
	To   string `json:"to"`
	// Device is the sender's device number, 0 is a phone or a contact.
	Device int `json:"device"`
	// Seq is the place in the chat by the time the network accepted it first, from 1; 0
	// while it was only refused.
	Seq int `json:"seq"`
	// Accepted is when the network accepted it first; zero when it refused it.
	Accepted time.Time `json:"accepted"`
	// Copies is how often the network accepted it: 2 is a repetition with the same id.
	Copies int `json:"copies"`
	// Refused is how often it was refused, Error the last error code.
	Refused int `json:"refused,omitempty"`
	Error   int `json:"error,omitempty"`
	// Lost is set when the network accepted it and delivered it to nobody (a fault).
	Lost bool `json:"lost,omitempty"`
	// Text is what the receiving phone or contact decrypted, or the contact wrote.
	Text string `json:"text"`
	// Deliveries are the devices it went to, the recipient's and the sender's others.
	Deliveries []Delivery `json:"deliveries"`
	// Delivered, Read and Played are when the first receipt of that kind came.
	Delivered time.Time `json:"delivered"`
	Read      time.Time `json:"read"`
	Played    time.Time `json:"played"`
}

// Delivery is what one device got of one message.
type Delivery struct {
	Phone  string `json:"phone"`
	Device int    `json:"device"` // 0 is a phone or a contact
	// Copies is how often it was handed over, with redeliveries.
	Copies int `json:"copies"`
	// Collapsed is how many copies a phone or contact threw away because it had the id.
	Collapsed int `json:"collapsed"`
	// Failed is how often a phone or contact could not decrypt it.
	Failed int `json:"failed"`
	// Retries is how often the device asked for it again.
	Retries int       `json:"retries"`
	First   time.Time `json:"first"`
	// Order is the place in which this device confirmed the messages of this sender, from
	// 1: a contact or phone by decrypting, a companion by acknowledging. 0 is not yet.
	Order int `json:"order"`
	// Confirmed is when the device confirmed it.
	Confirmed time.Time `json:"confirmed"`
}

// chat is everything between two phone numbers.
type chat struct {
	mu      sync.Mutex
	entries []*Entry
	index   map[messageKey]*Entry
	seq     int
	orders  map[deviceKey]int
}

type messageKey struct{ from, id string }

type deviceKey struct {
	from, phone string
	device      int
}

// Chat returns the messages between two phone numbers in the order of acceptance; those
// that were only refused come last.
func (l *Ledger) Chat(a, b string) []Entry {
	c := l.find(a, b)
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Entry, 0, len(c.entries))
	for _, e := range c.entries {
		out = append(out, e.copied())
	}
	slices.SortStableFunc(out, func(x, y Entry) int {
		switch {
		case x.Seq == 0 && y.Seq != 0:
			return 1
		case y.Seq == 0 && x.Seq != 0:
			return -1
		}
		return x.Seq - y.Seq
	})
	return out
}

func (e *Entry) copied() Entry {
	out := *e
	out.Deliveries = slices.Clone(e.Deliveries)
	return out
}

// Chats returns the pairs of phone numbers that have messages, sorted.
func (l *Ledger) Chats() [][2]string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.SortedFunc(maps.Keys(l.chats), func(x, y [2]string) int { return slices.Compare(x[:], y[:]) })
}

// Find returns the message with an id that a phone number sent to another.
func (l *Ledger) Find(from, to, id string) (Entry, bool) {
	c := l.find(from, to)
	if c == nil {
		return Entry{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.index[messageKey{from, id}]
	if e == nil {
		return Entry{}, false
	}
	return e.copied(), true
}

// exchanged counts the messages that a has sent to b, and b to a.
func (l *Ledger) exchanged(a, b string) (ab, ba int) {
	c := l.find(a, b)
	if c == nil {
		return 0, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.entries {
		switch {
		case e.Seq == 0:
		case e.From == a:
			ab++
		default:
			ba++
		}
	}
	return ab, ba
}

// Delivery returns what a device got of the message, and false for nothing.
func (e Entry) Delivery(phone string, device int) (Delivery, bool) {
	for _, d := range e.Deliveries {
		if d.Phone == phone && d.Device == device {
			return d, true
		}
	}
	return Delivery{}, false
}

func pairOf(a, b string) [2]string {
	if b < a {
		a, b = b, a
	}
	return [2]string{a, b}
}

func (l *Ledger) find(a, b string) *chat {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chats[pairOf(a, b)]
}

// change runs f on an entry, which it makes when there is none.
func (l *Ledger) change(from, to, id string, f func(c *chat, e *Entry)) {
	c := l.find(from, to)
	if c == nil {
		c = l.make(from, to)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := messageKey{from, id}
	e := c.index[key]
	if e == nil {
		e = &Entry{ID: id, From: from, To: to}
		c.index[key] = e
		c.entries = append(c.entries, e)
	}
	f(c, e)
}

// known runs f on an entry if there is one.
func (l *Ledger) known(from, to, id string, f func(c *chat, e *Entry)) {
	c := l.find(from, to)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.index[messageKey{from, id}]; e != nil {
		f(c, e)
	}
}

func (l *Ledger) make(a, b string) *chat {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := pairOf(a, b)
	if c := l.chats[key]; c != nil {
		return c
	}
	if l.chats == nil {
		l.chats = map[[2]string]*chat{}
	}
	c := &chat{index: map[messageKey]*Entry{}, orders: map[deviceKey]int{}}
	l.chats[key] = c
	return c
}

// at returns the delivery to a device, which it makes when there is none.
func (e *Entry) at(phone string, device int, now time.Time) *Delivery {
	for i := range e.Deliveries {
		if d := &e.Deliveries[i]; d.Phone == phone && d.Device == device {
			return d
		}
	}
	e.Deliveries = append(e.Deliveries, Delivery{Phone: phone, Device: device, First: now})
	return &e.Deliveries[len(e.Deliveries)-1]
}

// confirm notes that a device has the message and reports whether that is new.
func (c *chat) confirm(e *Entry, d *Delivery, now time.Time) bool {
	if d.Order != 0 {
		return false
	}
	key := deviceKey{e.From, d.Phone, d.Device}
	c.orders[key]++
	d.Order, d.Confirmed = c.orders[key], now
	return true
}
