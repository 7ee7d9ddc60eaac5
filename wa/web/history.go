package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/wa"
)

// A history arrives in parts, each announced by the account's phone. An announcement is kept before it is acknowledged, and
// forgotten when its part has been stored, so that a part is begun again after a crash or a lost connection; what was stored
// of it already is not stored twice. One part of the whole installation is read at a time.
const (
	largestHistory = 16 << 20            // compressed
	historyBatch   = 100                 // messages in one transaction
	historyTime    = 5 * time.Minute     // for getting one part
	historySoon    = time.Second         // until a part that could not be had now is tried again, twice as long each time
	historyLate    = time.Minute         // and this at most
	historyKept    = 14 * 24 * time.Hour // after which it is given up; how long WhatsApp keeps the media is not known
)

// noteHistory keeps the announcement of a part. Only the account's own phone can make one: anybody can send such a message.
func (c *conn) noteHistory(e *events.Message) error {
	n := e.Message.GetProtocolMessage().GetHistorySyncNotification()
	if !e.Info.IsFromMe || e.Info.Sender.Device != 0 {
		c.log.Warn("somebody else's history was thrown away", "id", e.Info.ID)
		return nil
	}
	value, err := proto.Marshal(n)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	name := fmt.Sprintf("%012d-%d-%06d-%s", e.Info.Timestamp.Unix(), rank(n.GetSyncType()), n.GetChunkOrder(), e.Info.ID)
	if err := c.ring.commit(c.ctx, Record{Key{KindHistory, name}, value}); err != nil {
		return err
	}
	c.wakeImport()
	return nil
}

// rank orders parts that were announced in the same second: the newest messages first.
func rank(t waE2E.HistorySyncType) int {
	return slices.Index([]waE2E.HistorySyncType{waE2E.HistorySyncType_INITIAL_BOOTSTRAP, waE2E.HistorySyncType_PUSH_NAME,
		waE2E.HistorySyncType_RECENT, waE2E.HistorySyncType_FULL}, t) + 1
}

// wakeImport lets the connection's one importer look for parts.
func (c *conn) wakeImport() {
	c.importing.Lock()
	defer c.importing.Unlock()
	c.news = true
	if !c.busy {
		c.busy = true
		c.work.Go(c.importAll)
	}
}

// more reports whether something was announced since it was last asked; when not, the importer ends.
func (c *conn) more() bool {
	c.importing.Lock()
	defer c.importing.Unlock()
	c.busy, c.news = c.news, false
	return c.busy
}

// importAll reads part after part until there is none.
func (c *conn) importAll() {
	for c.more() {
		parts, err := c.ring.scan(c.ctx, KindHistory, "")
		if err != nil {
			return // the connection has ended; the next one goes on
		}
		names := make([]string, 0, len(parts))
		for name := range parts {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !c.importPart(name, parts[name]) {
				return
			}
		}
	}
}

// importPart reads one part when it is its turn and forgets it. It is false when the connection ended meanwhile.
func (c *conn) importPart(name string, value []byte) bool {
	for wait := historySoon; ; wait = min(2*wait, historyLate) {
		err := c.takeTurn(value)
		switch {
		case c.ctx.Err() != nil:
			return false
		case err == nil:
		case c.hopeless(name, err):
			c.log.Warn("a part of the history was given up", "error", clean(err.Error()))
		default:
			c.log.Info("a part of the history is tried again later", "error", clean(err.Error()))
			if !rest(c.ctx, wait) {
				return false
			}
			continue
		}
		return c.ring.set(c.ctx, Record{Key: Key{KindHistory, name}}) == nil
	}
}

// hopeless reports whether trying again makes no sense.
func (c *conn) hopeless(name string, err error) bool {
	for _, final := range []error{errPast, whatsmeow.ErrMediaDownloadFailedWith403, whatsmeow.ErrMediaDownloadFailedWith404,
		whatsmeow.ErrMediaDownloadFailedWith410, whatsmeow.ErrInvalidMediaEncSHA256, whatsmeow.ErrInvalidMediaSHA256, whatsmeow.ErrInvalidMediaHMAC} {
		if errors.Is(err, final) {
			return true
		}
	}
	announced, _, _ := strings.Cut(name, "-")
	at, _ := strconv.ParseInt(announced, 10, 64)
	return c.link.p.clock.Now().Sub(time.Unix(at, 0)) > historyKept
}

// takeTurn waits until no other part of the installation is read, and reads one.
func (c *conn) takeTurn(value []byte) error {
	select {
	case c.link.p.imports <- struct{}{}:
		defer func() { <-c.link.p.imports }()
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	n := &waE2E.HistorySyncNotification{}
	if err := proto.Unmarshal(value, n); err != nil {
		return fmt.Errorf("%w: %w", errPast, err)
	}
	c.tell(wa.Signal{Kind: wa.SignalSyncing, Progress: int(n.GetProgress())})
	return c.takePart(c.ctx, n)
}

func (c *conn) takePart(ctx context.Context, n *waE2E.HistorySyncNotification) error {
	compressed := n.GetInitialHistBootstrapInlinePayload()
	switch {
	case n.InitialHistBootstrapInlinePayload != nil:
	case n.GetFileLength() > largestHistory:
		return fmt.Errorf("%w: %d bytes are too many", errPast, n.GetFileLength())
	default:
		var err error
		within, cancel := context.WithTimeout(ctx, historyTime)
		compressed, err = c.client.Download(within, n)
		cancel()
		if err != nil {
			return fmt.Errorf("download: %w", err)
		}
	}
	p := past{compressed}
	about, chats, err := p.overview()
	if err == nil {
		err = c.takeAbout(ctx, about, chats)
	}
	if err == nil {
		err = c.takeChats(ctx, p, chats)
	}
	if err == nil && n.GetDirectPath() != "" {
		if err := c.client.DeleteMedia(ctx, whatsmeow.MediaHistory, n.GetDirectPath(), n.GetFileEncSHA256(), n.GetEncHandle()); err != nil {
			c.log.Info("a part of the history stays on WhatsApp's server", "error", clean(err.Error()))
		}
	}
	return err
}

// rest waits; false when ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
