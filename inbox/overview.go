package inbox

import (
	"context"
	"time"
)

// Hour counts the messages of one hour.
type Hour struct {
	Hour time.Time `json:"hour"`
	In   int       `json:"in"`
	Out  int       `json:"out"`
}

// Overview is what a workspace's first page shows of its conversations.
type Overview struct {
	// In24h and Out24h count messages of the last 24 hours, by the hours below.
	In24h, Out24h int
	// Hours are 24, oldest first; the last is the hour that runs.
	Hours []Hour
	// Unread is how many conversations have something unread; Waiting are the latest five of them.
	Unread  int
	Waiting []Conversation
}

// Overview counts and lists what a person wants to see first.
func (s *Service) Overview(ctx context.Context, workspace string) (Overview, error) {
	return s.store.Overview(ctx, workspace, s.clock.Now())
}
