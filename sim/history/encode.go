package history

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/people"
)

// conversationsField is the number of HistorySync.conversations in the protobuf definition.
const conversationsField = protowire.Number(2)

// writeHead writes everything but the conversations. Fields of one protobuf message may be written one after
// another, which is what makes the stream possible.
func (part Part) writeHead(w io.Writer) error {
	head := &waHistorySync.HistorySync{SyncType: part.Type.Enum(), ChunkOrder: &part.Order, Progress: &part.Progress}
	switch part.Type {
	case waHistorySync.HistorySync_INITIAL_BOOTSTRAP:
		salt := sha256.Sum256(fmt.Append(nil, "nct salt ", part.plan.Seed))
		head.NctSalt = salt[:]
		head.PhoneNumberToLidMappings = part.mappings()
	case waHistorySync.HistorySync_PUSH_NAME:
		head.Pushnames = part.names()
	}
	return write(w, head)
}

// mappings tells of all chats, also those that only later parts carry.
func (part Part) mappings() (all []*waHistorySync.PhoneNumberToLIDMapping) {
	for chat := range part.plan.Chats {
		with := part.plan.with(chat)
		all = append(all, &waHistorySync.PhoneNumberToLIDMapping{PnJID: proto.String(with.pn()), LidJID: proto.String(with.lid())})
	}
	return all
}

func (part Part) names() (all []*waHistorySync.Pushname) {
	for chat := part.chats[0]; chat < part.chats[1]; chat++ {
		with := part.plan.with(chat)
		all = append(all, &waHistorySync.Pushname{ID: proto.String(with.pn()), Pushname: proto.String(with.Name)})
	}
	return all
}

func (part Part) writeChat(w io.Writer, chat int) error {
	if part.messages[0] >= part.messages[1] {
		return nil
	}
	raw, err := proto.Marshal(part.conversation(chat))
	if err != nil {
		return fmt.Errorf("history of chat %d: %w", chat, err)
	}
	field := protowire.AppendTag(nil, conversationsField, protowire.BytesType)
	field = protowire.AppendVarint(field, uint64(len(raw)))
	if _, err := w.Write(field); err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
}

// conversation names every second chat by number and the others by hidden id, as both exist in the wild.
func (part Part) conversation(chat int) *waHistorySync.Conversation {
	with := part.plan.with(chat)
	id := with.pn()
	if chat%2 == 1 {
		id = with.lid()
	}
	newest := uint64(part.plan.when(chat, part.plan.Messages-1).Unix())
	c := &waHistorySync.Conversation{
		ID: &id, PnJID: proto.String(with.pn()), LidJID: proto.String(with.lid()), Name: &with.Name, LastMsgTimestamp: &newest, ConversationTimestamp: &newest,
		UnreadCount: proto.Uint32(uint32(chat % 3)), EndOfHistoryTransfer: proto.Bool(part.messages[0] == 0),
		EndOfHistoryTransferType: waHistorySync.Conversation_COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY.Enum(),
	}
	for message := part.messages[1] - 1; message >= part.messages[0]; message-- { // newest first
		c.Messages = append(c.Messages, part.message(chat, message, id, with))
	}
	return c
}

func (part Part) message(chat, message int, jid string, with Party) *waHistorySync.HistorySyncMsg {
	random := people.Random(part.plan.Seed, "message", strconv.Itoa(chat), strconv.Itoa(message))
	mine := random.IntN(5) < 2
	id := fmt.Sprintf("%016X%04X", random.Uint64(), message&0xffff)
	text := people.Line(random, people.Of(part.plan.Seed, chat).Language, mine)
	if missing := part.plan.TextBytes - len(text); missing > 0 {
		text += " " + filler(random.Uint64(), missing)
	}
	info := &waWeb.WebMessageInfo{
		Key:              &waCommon.MessageKey{RemoteJID: &jid, FromMe: &mine, ID: &id},
		Message:          &waE2E.Message{Conversation: &text},
		MessageTimestamp: proto.Uint64(uint64(part.plan.when(chat, message).Unix())),
		Status:           waWeb.WebMessageInfo_READ.Enum(),
	}
	if !mine {
		info.PushName = &with.Name
	}
	return &waHistorySync.HistorySyncMsg{Message: info, MsgOrderID: proto.Uint64(uint64(message + 1))}
}

// filler is readable and compresses badly, as a large history of different people does.
func filler(seed uint64, length int) string {
	random := people.Random(seed, "filler")
	var out strings.Builder
	for out.Len() < length {
		out.WriteString(strconv.FormatUint(random.Uint64(), 36))
		out.WriteByte(' ')
	}
	return out.String()[:length]
}

func write(w io.Writer, m proto.Message) error {
	raw, err := proto.Marshal(m)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	_, err = w.Write(raw)
	return err
}

func (p Party) pn() string  { return p.Phone + "@s.whatsapp.net" }
func (p Party) lid() string { return p.LID + "@lid" }

func number(n int) string { return strconv.Itoa(n) }
