package web

import (
	"cmp"
	"context"
	"strconv"
	"time"

	bin "go.mau.fi/whatsmeow/binary"
)

// The toy model of WhatsApp's own restrictions: see [Faults].BanAfterReports.

// banned is a ban of the model. Its codes are those of TempBan.
type banned struct {
	code  int
	until time.Time
}

const (
	bannedForStrangers = 101
	bannedByPeople     = 102
)

// Complain counts that somebody has blocked or reported u, each person once.
func (s *Server) Complain(u *User, by string) {
	u.mu.Lock()
	set(&u.complaints, by, true)
	n := len(u.complaints)
	u.mu.Unlock()
	if f := s.faultsOf(u); f.BanAfterReports > 0 && n >= f.BanAfterReports {
		s.ban(u, bannedByPeople, f)
	}
}

// wroteToStranger counts that u has written to somebody who never wrote to it.
func (s *Server) wroteToStranger(u *User, to string, f *Faults) {
	u.mu.Lock()
	set(&u.strangers, to, true)
	n := len(u.strangers)
	u.mu.Unlock()
	if f.BanAfterCold > 0 && n >= f.BanAfterCold {
		s.ban(u, bannedForStrangers, f)
	}
}

// ban cuts the companions, once the message that was one too many has its ack, and answers their logins with
// 402 until it is over. Counting begins anew.
func (s *Server) ban(u *User, code int, f *Faults) {
	u.mu.Lock()
	u.strangers, u.complaints = nil, nil
	u.mu.Unlock()
	u.banned.Store(&banned{code, s.now(u).Add(cmp.Or(f.BanFor, time.Hour))})
	s.Go(func(context.Context) {
		for _, d := range u.Devices() {
			d.settled()
		}
		s.End(u)
	})
}

// stillBanned answers a login during a ban of the model; turning off the knob that made it
// ends it.
func (c *Conn) stillBanned(u *User, f *Faults) bool {
	b := u.banned.Load()
	if b == nil || (b.code == bannedByPeople && f.BanAfterReports == 0) || (b.code == bannedForStrangers && f.BanAfterCold == 0) {
		return false
	}
	left := b.until.Sub(c.srv.now(u))
	if left <= 0 {
		return false
	}
	c.fail(402, bin.Attrs{"code": strconv.Itoa(b.code), "expire": strconv.Itoa(int(left.Round(time.Second).Seconds()))})
	return true
}
