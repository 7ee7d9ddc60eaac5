package history

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/media"
)

// Phone is the part of an account's phone that this package needs; *sim.Account has it.
type Phone interface {
	// SendPeer sends a protocol message to one of the account's companions.
	SendPeer(ctx context.Context, device int, m *waE2E.Message) (id string, err error)
}

// Send hands the whole past to a companion, part after part: the first inline, the others through the media store. It
// returns when the last was sent, not when it was read. The first error ends it.
func (p Plan) Send(ctx context.Context, phone Phone, device int, store *media.Store) error {
	for _, part := range p.Parts() {
		notification, err := part.notification(store)
		if err != nil {
			return fmt.Errorf("history part %s %d: %w", part.Type, part.Order, err)
		}
		message := &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(), HistorySyncNotification: notification,
		}}
		if _, err := phone.SendPeer(ctx, device, message); err != nil {
			return fmt.Errorf("history part %s %d: %w", part.Type, part.Order, err)
		}
	}
	return nil
}

func (part Part) notification(store *media.Store) (*waE2E.HistorySyncNotification, error) {
	n := &waE2E.HistorySyncNotification{
		SyncType:   waE2E.HistorySyncType(part.Type).Enum(), // the two enumerations have the same values
		ChunkOrder: &part.Order, Progress: &part.Progress,
	}
	if !part.Oldest.IsZero() {
		n.OldestMsgInChunkTimestampSec = proto.Int64(part.Oldest.Unix())
	}
	if part.Inline {
		var inline bytes.Buffer
		if err := part.Compress(&inline); err != nil {
			return nil, err
		}
		n.InitialHistBootstrapInlinePayload = inline.Bytes()
		return n, nil
	}
	ref, err := store.Put(media.History, part.Compress)
	if err != nil {
		return nil, err
	}
	n.DirectPath, n.MediaKey = &ref.DirectPath, ref.MediaKey
	n.FileSHA256, n.FileEncSHA256, n.FileLength = ref.FileSHA256, ref.FileEncSHA256, &ref.FileLength
	return n, nil
}

// Compress writes the part as the zlib stream that a companion gets.
func (part Part) Compress(w io.Writer) error {
	out, err := zlib.NewWriterLevel(w, zlib.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := part.WriteTo(out); err != nil {
		return err
	}
	return out.Close()
}
