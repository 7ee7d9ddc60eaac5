package sim

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waLidMigrationSyncPayload"
	"google.golang.org/protobuf/proto"

	"github.com/sapa-chat/sapa/sim/web"
)

// Timelock is a reach-out time lock, as WhatsApp tells it (source: whatsmeow
// types/events NotifyAccountReachoutTimelock). Enforcement is for instance DEFAULT or
// RESTRICT_ALL_COMPANIONS.
type Timelock struct {
	Active      bool      `json:"active"`
	Enforcement string    `json:"enforcement"`
	Ends        time.Time `json:"ends"`
}

// Timelock notifies the companions of a reach-out time lock. The zero value is the empty
// notification, whose meaning is unknown.
func (a *Account) Timelock(t Timelock) {
	a.p.net.srv().Timelock(a.p.user, t.Active, t.Enforcement, t.Ends)
}

// Capping is what WhatsApp tells of the cap on new chats; see [web.Capping].
type Capping = web.Capping

// Capping returns how much of [Faults].NewChatCap the account has used.
func (a *Account) Capping() Capping { return a.p.net.srv().Capping(a.p.user) }

// TellLIDs lets the phone tell its companions which hidden ids the people of its chats have,
// as it does when WhatsApp moves its chats to LIDs. People who hide their number are left
// out. Source: whatsmeow message.go, storeLIDSyncMessage (read).
func (a *Account) TellLIDs(ctx context.Context) error {
	now := uint64(a.p.net.now().Unix())
	payload := &waLidMigrationSyncPayload.LIDMigrationMappingSyncPayload{ChatDbMigrationTimestamp: &now}
	for _, chat := range a.p.net.Ledger.Chats() {
		other := chat[0]
		if other == a.Phone() {
			other = chat[1]
		} else if chat[1] != a.Phone() {
			continue
		}
		p := a.p.net.people.get(other)
		if p == nil || p.user.Hidden() {
			continue
		}
		pair, err := mapping(p)
		if err != nil {
			return err
		}
		payload.PnToLidMappings = append(payload.PnToLidMappings, pair)
	}
	encoded, err := proto.Marshal(payload)
	if err != nil {
		return fmt.Errorf("marshal hidden ids: %w", err)
	}
	for _, c := range a.Companions() {
		_, err := a.SendPeer(ctx, c.Device, &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type:                           waE2E.ProtocolMessage_LID_MIGRATION_MAPPING_SYNC.Enum(),
			LidMigrationMappingSyncMessage: &waE2E.LIDMigrationMappingSyncMessage{EncodedMappingPayload: encoded},
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

func mapping(p *person) (*waLidMigrationSyncPayload.LIDMigrationMapping, error) {
	pn, err := strconv.ParseUint(p.number(), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("phone number: %w", err)
	}
	lid, err := strconv.ParseUint(p.user.LID.User, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("hidden id: %w", err)
	}
	return &waLidMigrationSyncPayload.LIDMigrationMapping{Pn: &pn, AssignedLid: &lid}, nil
}
