package pusher

import "encoding/json"

// countEvery is up to how many subscribers every change of their number is told at once; above, every 5 s.
const countEvery = 100

// channel is one occupied channel. Guarded by its hub's lock.
type channel struct {
	name    string
	kind    kind
	subs    map[*conn]struct{}
	members map[string]*member // presence only, by user id
	counts  bool               // tell subscription_count
	dirty   bool               // a count is owed
}

// member is one user in a presence channel, however many sockets they have in it.
type member struct {
	info    json.RawMessage
	sockets int
}

// broadcast queues frame to every subscriber but one, and returns how many there were.
func (ch *channel) broadcast(frame []byte, except *conn) int {
	n := 0
	for c := range ch.subs {
		if c != except {
			c.send(frame)
			n++
		}
	}
	return n
}

// addMember reports whether the user was not there before.
func (ch *channel) addMember(id string, info json.RawMessage) bool {
	if m := ch.members[id]; m != nil {
		m.sockets++
		return false
	}
	ch.members[id] = &member{info: info, sockets: 1}
	return true
}

// removeMember reports whether that was the user's last socket here.
func (ch *channel) removeMember(id string) bool {
	m := ch.members[id]
	m.sockets--
	if m.sockets > 0 {
		return false
	}
	delete(ch.members, id)
	return true
}

// roster is the data of subscription_succeeded on a presence channel.
func (ch *channel) roster() string {
	type presence struct {
		IDs   []string                   `json:"ids"`
		Hash  map[string]json.RawMessage `json:"hash"`
		Count int                        `json:"count"`
	}
	p := presence{IDs: []string{}, Hash: make(map[string]json.RawMessage, len(ch.members)), Count: len(ch.members)}
	for id, m := range ch.members {
		p.IDs = append(p.IDs, id)
		p.Hash[id] = m.info
	}
	return object(struct {
		Presence presence `json:"presence"`
	}{p})
}

// countChanged tells the number of subscribers, or notes that it is owed.
func (ch *channel) countChanged() {
	if !ch.counts || ch.kind.presence {
		return
	}
	ch.dirty = true
	if len(ch.subs) <= countEvery {
		ch.tellCount()
	}
}

func (ch *channel) tellCount() {
	if !ch.dirty {
		return
	}
	ch.dirty = false
	ch.broadcast(message{Event: "pusher_internal:subscription_count", Channel: ch.name, Data: object(struct {
		Count int `json:"subscription_count"`
	}{len(ch.subs)})}.frame(), nil)
}

func memberAdded(channel, userID string, info json.RawMessage) []byte {
	return message{Event: "pusher_internal:member_added", Channel: channel, Data: object(struct {
		UserID string          `json:"user_id"`
		Info   json.RawMessage `json:"user_info,omitempty"`
	}{userID, info})}.frame()
}

func memberRemoved(channel, userID string) []byte {
	return message{Event: "pusher_internal:member_removed", Channel: channel, Data: object(struct {
		UserID string `json:"user_id"`
	}{userID})}.frame()
}
