package web

import (
	"encoding/json"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Capping is how much of the cap on new chats an account has used, as WhatsApp tells it.
//
// Source of the names, of the query and of the notification: whatsmeow pull request 1104,
// WhiskeySockets/Baileys pull request 2442, devlikeapro/waha pull request 2186 (-1 is no
// cap), oxidezap/whatsapp-rust; not checked. Source of what counts: TechCrunch, 2025-10-17:
// every message to somebody who did not answer counts in a monthly limit, and an answer
// takes that person's messages out again. The numbers are not public, nor is at which share
// the warnings come: half, four fifths and all of it are ours.
type Capping struct {
	Total  int       `json:"total"` // -1 without a cap
	Used   int       `json:"used"`
	Status string    `json:"status"` // NONE, FIRST_WARNING, SECOND_WARNING, CAPPED
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
}

// cappingCycle is the "month" of the cap; its real length is not known.
const cappingCycle = 30 * 24 * time.Hour

// capped is the error of a message over the cap. That WhatsApp answers 463 then is a claim
// of the clients named above (evolution-go, "walimits"), and is the same code as the time
// lock's.
const capped = 463

// outreach is who an account has written to without an answer.
type outreach struct {
	since time.Time
	ids   map[string]map[string]bool // message ids by phone number
	told  string                     // the status that was told last
}

func (o *outreach) used() (n int) {
	for _, ids := range o.ids {
		n += len(ids)
	}
	return n
}

// Capping returns the state of the cap on new chats.
func (s *Server) Capping(u *User) Capping {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.capping(s.faultsOf(u).NewChatCap, s.now(u))
}

// capping is Capping with u.mu held.
func (u *User) capping(total int, now time.Time) Capping {
	o := &u.outreach
	if total == 0 {
		return Capping{Total: -1, Status: "NONE"}
	}
	if now.Sub(o.since) >= cappingCycle {
		o.since, o.ids = now, nil
	}
	c := Capping{Total: total, Used: o.used(), Status: "NONE", Start: o.since, End: o.since.Add(cappingCycle)}
	switch {
	case c.Used >= total:
		c.Status = "CAPPED"
	case c.Used*5 >= total*4:
		c.Status = "SECOND_WARNING"
	case c.Used*2 >= total:
		c.Status = "FIRST_WARNING"
	}
	return c
}

// reachOut counts a message to somebody who never wrote, and reports whether the cap
// forbids it. The same id again does not count twice.
func (s *Server) reachOut(u *User, to, id string, total int) (over bool) {
	u.mu.Lock()
	c := u.capping(total, s.now(u))
	o := &u.outreach
	if !o.ids[to][id] {
		if over = c.Status == "CAPPED"; !over {
			if o.ids == nil {
				o.ids = map[string]map[string]bool{}
			}
			ids := o.ids[to]
			set(&ids, id, true)
			o.ids[to] = ids
		}
	}
	u.mu.Unlock()
	s.tellCapping(u, total)
	return over
}

// forget drops the counts of what is not limited any more.
func (u *User) forget(f *Faults) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if f.NewChatCap == 0 {
		u.outreach = outreach{}
	}
	if f.BanAfterReports == 0 && f.BanAfterCold == 0 {
		u.strangers, u.complaints = nil, nil
	}
}

// answered takes a person's messages out of the count, because they have written.
func (s *Server) answered(u *User, by string) {
	u.mu.Lock()
	known := u.outreach.ids[by] != nil
	delete(u.outreach.ids, by)
	u.mu.Unlock()
	if known {
		s.tellCapping(u, s.faultsOf(u).NewChatCap)
	}
}

// tellCapping notifies the companions when the status has changed.
func (s *Server) tellCapping(u *User, total int) {
	u.mu.Lock()
	c := u.capping(total, s.now(u))
	changed := total != 0 && c.Status != u.outreach.told && !(c.Status == "NONE" && u.outreach.told == "")
	if changed {
		u.outreach.told = c.Status
	}
	u.mu.Unlock()
	if changed {
		s.mexNotify(u, "MessageCappingInfoNotification", "xwa2_notify_new_chat_messages_capping_info_update", s.cappingInfo(u, c))
	}
}

func (s *Server) cappingInfo(u *User, c Capping) map[string]any {
	info := map[string]any{
		"total_quota": c.Total, "used_quota": c.Used, "capping_status": c.Status,
		"server_sent_timestamp": seconds(s.now(u)), "ote_status": "NOT_ELIGIBLE", "mv_status": "NOT_ELIGIBLE",
	}
	if c.Total >= 0 {
		info["cycle_start_timestamp"], info["cycle_end_timestamp"] = seconds(c.Start), seconds(c.End)
	}
	return info
}

// The persisted queries that are answered; others get 501.
const (
	queryCapping  = "24503548349331633"
	queryTimelock = "23983697327930364"
)

// mex answers what clients ask through w:mex: the cap on new chats and the time lock.
func (c *Conn) mex(d *Device, n *bin.Node) {
	ask := first(n)
	switch attr(&ask, "query_id") {
	case queryCapping:
		c.mexResult(n, "xwa2_message_capping_info", c.srv.cappingInfo(d.User, c.srv.Capping(d.User)))
	case queryTimelock:
		c.mexResult(n, "xwa2_fetch_account_reachout_timelock", d.User.timelock.Load())
	default:
		c.refuse(n, 501, "feature-not-implemented")
	}
}

func (c *Conn) mexResult(n *bin.Node, name string, value any) {
	body, err := json.Marshal(map[string]any{"data": map[string]any{name: value}})
	if err != nil {
		c.refuse(n, 500, "internal-server-error")
		return
	}
	c.result(n, blob("result", body))
}

// mexNotify tells a user's companions of a change. Source: whatsmeow notification.go,
// handleMexNotification (read).
func (s *Server) mexNotify(u *User, op, name string, value any) {
	body, err := json.Marshal(map[string]any{"data": map[string]any{name: value}})
	if err != nil {
		return
	}
	for _, d := range u.Devices() {
		s.notify(d, "mex", types.ServerJID, nil, bin.Node{Tag: "update", Attrs: bin.Attrs{"op_name": op}, Content: body})
	}
}
