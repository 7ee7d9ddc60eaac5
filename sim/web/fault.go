package web

import (
	"hash/fnv"
	"slices"
	"time"
)

// Faults are the ways in which the network misbehaves. The zero value is a healthy
// network. They are set for the whole network or for one account; a field of the
// account wins over the same field of the network unless it is zero.
//
// The codes and their effect on whatsmeow are listed in docs/protocol/whatsapp-web.md,
// "Terminal stanzas" and "Faults".
type Faults struct {
	// Down refuses new connections and cuts the open ones.
	Down bool `json:"down,omitempty"`
	// Latency delays every stanza that the server sends.
	Latency time.Duration `json:"latency,omitempty"`
	// Stall keeps connections open but neither reads nor writes, without a FIN.
	Stall bool `json:"stall,omitempty"`
	// NoPong leaves keepalive pings unanswered and answers everything else.
	NoPong bool `json:"no_pong,omitempty"`
	// ClockOffset is added to every time that the server tells.
	ClockOffset time.Duration `json:"clock_offset,omitempty"`

	// ConnectFailure is the reason of <failure/> at every login: 401, 403, 406 log the
	// device out, 405 is an outdated client, 500 and 503 pass, others end the connection.
	ConnectFailure int `json:"connect_failure,omitempty"`
	// TempBan is <failure reason="402"/> at every login until it is cleared.
	TempBan *TempBan `json:"temp_ban,omitempty"`
	// MinVersion answers 405 to clients below it ("2.3000.1029000000"); empty accepts all.
	MinVersion string `json:"min_version,omitempty"`
	// RefusePairing makes the phone refuse every scan, code and passkey.
	RefusePairing bool `json:"refuse_pairing,omitempty"`

	// SendError is the error of the message ack, for instance 463 (reach-out time lock),
	// 479 (stanza rejected), 400, 429. The message is then neither accepted nor delivered.
	SendError int `json:"send_error,omitempty"`
	// SendErrorTo limits SendError to these recipients (phone numbers, digits only).
	SendErrorTo []string `json:"send_error_to,omitempty"`
	// SendErrorShare limits SendError to this share of messages, 0 to 1; 0 is all. The
	// choice depends only on the message id, so a retry with the same id fares the same.
	SendErrorShare float64 `json:"send_error_share,omitempty"`
	// SendErrorCold limits SendError to recipients who never wrote to the account.
	SendErrorCold bool `json:"send_error_cold,omitempty"`
	// AckDelay delays the ack of a message (and with it the sender's next message).
	AckDelay time.Duration `json:"ack_delay,omitempty"`
	// NoAck delivers messages but never acks them.
	NoAck bool `json:"no_ack,omitempty"`
	// CutAfterAck accepts, delivers and acks a message and then cuts the connection.
	CutAfterAck bool `json:"cut_after_ack,omitempty"`
	// CutBeforeAck accepts and delivers a message and cuts the connection instead of acking.
	CutBeforeAck bool `json:"cut_before_ack,omitempty"`
	// Lose accepts and acks messages of the account but delivers them to nobody.
	Lose bool `json:"lose,omitempty"`

	// Duplicate delivers every message that many more times, to companions and contacts.
	Duplicate int `json:"duplicate,omitempty"`
	// Corrupt damages the ciphertext of that many deliveries to the account's companions.
	Corrupt int `json:"corrupt,omitempty"`
	// Hold keeps messages for the account's companions in the queue until the next login.
	Hold bool `json:"hold,omitempty"`
	// Reorder sends the offline queue in reverse order at login.
	Reorder bool `json:"reorder,omitempty"`
	// DropReceipts swallows receipts for messages that the account sent.
	DropReceipts bool `json:"drop_receipts,omitempty"`
	// NoPreKeys hands out and counts no one-time prekeys of the account's companions.
	NoPreKeys bool `json:"no_prekeys,omitempty"`
	// AskAgain lets each recipient ask that many times for every message that it has
	// decrypted already, as after a lost session ("waiting for this message").
	AskAgain int `json:"ask_again,omitempty"`
	// AppStateMismatch damages the hash in the settings' patches that the account's
	// companions fetch: whatsmeow's "mismatching LTHash" (source: appstate/decode.go).
	AppStateMismatch bool `json:"app_state_mismatch,omitempty"`

	// PhoneAddressed names contacts by phone number in what the account's companions get:
	// from is the number and the hidden id stands beside it, as before WhatsApp moved chats
	// to LIDs. Turned on or off it changes the addressing in mid-chat. Source of both forms:
	// whatsmeow message.go, parseMessageSource; both exist at once (whatsmeow issue 1041).
	PhoneAddressed bool `json:"phone_addressed,omitempty"`
	// NoAlias leaves the other name away (sender_lid, sender_pn, peer_recipient_*), as seen
	// in whatsmeow issue 1014: the companion cannot tell who a hidden id is.
	NoAlias bool `json:"no_alias,omitempty"`

	// NewChatCap is how many messages to people who never wrote the account may send in a
	// cycle of 30 days; see [User.Capping]. 0 is no cap.
	NewChatCap int `json:"new_chat_cap,omitempty"`
	// BanAfterReports bans the account (402, code 102) once so many people have blocked or
	// reported it, BanAfterCold (402, code 101) once it has written to so many people who
	// never wrote. Both are a toy model of WhatsApp's white paper of 2019 ("Stopping Abuse"),
	// which names these signals and no numbers: they show what pacing is worth, and say
	// nothing about WhatsApp's own limits.
	BanAfterReports int `json:"ban_after_reports,omitempty"`
	BanAfterCold    int `json:"ban_after_cold,omitempty"`
	// BanFor is how long such a ban lasts; 0 is an hour.
	BanFor time.Duration `json:"ban_for,omitempty"`

	// Limit ends SendError, AckDelay, NoAck, CutAfterAck, CutBeforeAck and Lose after so
	// many messages of the account; 0 is no limit.
	Limit int `json:"limit,omitempty"`
}

// TempBan is a temporary ban: Code 101 too many people who do not have the number as a
// contact, 102 blocked by too many, 103 groups, 104 same message to too many, 106
// broadcast lists (source: whatsmeow types/events TempBanReason).
type TempBan struct {
	Code   int           `json:"code"`
	Expire time.Duration `json:"expire"`
}

// over returns f with the zero fields taken from base.
func (f Faults) over(base Faults) Faults {
	out := base
	pick(&out.Down, f.Down)
	pick(&out.Latency, f.Latency)
	pick(&out.Stall, f.Stall)
	pick(&out.NoPong, f.NoPong)
	pick(&out.ClockOffset, f.ClockOffset)
	pick(&out.ConnectFailure, f.ConnectFailure)
	pick(&out.TempBan, f.TempBan)
	pick(&out.MinVersion, f.MinVersion)
	pick(&out.RefusePairing, f.RefusePairing)
	if f.SendError != 0 {
		out.SendError, out.SendErrorTo = f.SendError, f.SendErrorTo
		out.SendErrorShare, out.SendErrorCold = f.SendErrorShare, f.SendErrorCold
	}
	pick(&out.AckDelay, f.AckDelay)
	pick(&out.NoAck, f.NoAck)
	pick(&out.CutAfterAck, f.CutAfterAck)
	pick(&out.CutBeforeAck, f.CutBeforeAck)
	pick(&out.Lose, f.Lose)
	pick(&out.Duplicate, f.Duplicate)
	pick(&out.Corrupt, f.Corrupt)
	pick(&out.Hold, f.Hold)
	pick(&out.Reorder, f.Reorder)
	pick(&out.DropReceipts, f.DropReceipts)
	pick(&out.NoPreKeys, f.NoPreKeys)
	pick(&out.AskAgain, f.AskAgain)
	pick(&out.AppStateMismatch, f.AppStateMismatch)
	pick(&out.PhoneAddressed, f.PhoneAddressed)
	pick(&out.NoAlias, f.NoAlias)
	pick(&out.NewChatCap, f.NewChatCap)
	pick(&out.BanAfterReports, f.BanAfterReports)
	pick(&out.BanAfterCold, f.BanAfterCold)
	pick(&out.BanFor, f.BanFor)
	pick(&out.Limit, f.Limit)
	return out
}

func pick[T comparable](dst *T, v T) {
	var zero T
	if v != zero {
		*dst = v
	}
}

// onMessage reports whether any of the faults that Limit counts is set.
func (f *Faults) onMessage() bool {
	return f.SendError != 0 || f.AckDelay != 0 || f.NoAck || f.CutAfterAck || f.CutBeforeAck || f.Lose
}

// sendError returns the ack error for one message, or 0.
func (f *Faults) sendError(id, to string, cold bool) int {
	switch {
	case f.SendError == 0:
		return 0
	case len(f.SendErrorTo) > 0 && !slices.Contains(f.SendErrorTo, to):
		return 0
	case f.SendErrorCold && !cold:
		return 0
	case f.SendErrorShare > 0 && share(id) >= f.SendErrorShare:
		return 0
	}
	return f.SendError
}

// share maps an id to [0,1).
func share(id string) float64 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return float64(h.Sum32()%10000) / 10000
}
