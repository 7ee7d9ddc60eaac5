package web

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

type waPayload = waWa6.ClientPayload

// take turns an event into what the receiver understands. The switch names every event type of whatsmeow, also those that
// we do not use: a test fails when a new one appears. An error means that nothing was stored.
func (c *conn) take(evt any) error {
	switch e := evt.(type) {
	// What people wrote.
	case *events.Message:
		return c.message(e)
	case *events.Receipt:
		return c.receipt(e)
	case *events.ChatPresence:
		c.typing(e)
	case *events.PushName:
		return c.to.Learned(c.ctx, c.number, []wa.Person{{Identity: c.identity(e.JID, e.JIDAlt), PushName: e.NewPushName}})

	// Pairing.
	case *events.QR:
		c.showCodes(e.Codes)
	case *events.PairSuccess, *events.ManualLoginReconnect:
		c.pairedNow()
		if _, restart := e.(*events.ManualLoginReconnect); restart {
			c.tell(wa.Signal{Kind: wa.SignalDisconnected, Code: "515", Cause: "restart_required"})
		}
	case *events.PairError:
		c.pairFailed(e.Error)
	case *events.PairPasskeyRequest:
		c.askPasskey(e)
	case *events.PairPasskeyConfirmation:
		c.confirmPasskey(e)
	case *events.PairPasskeyError:
		c.tell(wa.Signal{Kind: wa.SignalPairFailed, Cause: "passkey_failed", Text: "The passkey was not accepted. Start the pairing again."})
	case *events.QRScannedWithoutMultidevice:
		c.tell(wa.Signal{Kind: wa.SignalPairFailed, Cause: "phone_outdated", Text: "WhatsApp on the phone is too old to link devices. Update it and scan again."})

	// The connection.
	case *events.Connected:
		c.connected()
	case *events.Disconnected:
		c.gone(wa.Signal{Kind: wa.SignalDisconnected, Cause: "connection_lost"})
	case *events.StreamError:
		c.gone(wa.Signal{Kind: wa.SignalDisconnected, Code: e.Code, Cause: "stream_error"})
	case *events.KeepAliveTimeout:
		c.tell(wa.Signal{Kind: wa.SignalSilent})
	case *events.KeepAliveRestored:
		c.tell(wa.Signal{Kind: wa.SignalAlive})
	case *events.StreamReplaced:
		c.gone(wa.Signal{Kind: wa.SignalReplaced, Cause: "session_replaced", Text: "The same session was opened elsewhere."})
	case *events.LoggedOut:
		c.loggedOut(e)
	case *events.TemporaryBan:
		c.gone(wa.Signal{Kind: wa.SignalBanned, Code: strconv.Itoa(int(e.Code)), Cause: "temporary_ban", Text: banText(e.Code), Until: c.link.p.clock.Now().Add(e.Expire)})
	case *events.ConnectFailure:
		c.gone(connectFailure(e))
	case *events.ClientOutdated:
		c.gone(wa.Signal{Kind: wa.SignalOutdated, Code: "405", Cause: "client_outdated"})
	case *events.CATRefreshError:
		c.gone(wa.Signal{Kind: wa.SignalMisconfigured, Cause: "token_refused"})

	// The account.
	case *events.OfflineSyncPreview:
		if e.Total > 0 {
			c.tell(wa.Signal{Kind: wa.SignalSyncing})
		}
	case *events.OfflineSyncCompleted:
		c.tell(wa.Signal{Kind: wa.SignalSyncing, Progress: 100})
	case *events.PushNameSetting:
		c.named()
	case *events.AppStateSyncComplete:
		if e.Name == appstate.WAPatchCriticalBlock { // a first sync tells no single settings
			c.named()
		}
	case *events.AppStateSyncError:
		c.resync(e)
	case *events.NotifyAccountReachoutTimelock:
		c.reachout(e)
	case *events.IdentityChange:
		c.tell(wa.Signal{Kind: wa.SignalIdentityChanged, Person: wa.Person{Identity: c.identity(e.JID, types.EmptyJID)}})
	case *events.UndecryptableMessage:
		c.log.Info("a message could not be decrypted; its sender was asked to send it again", "id", e.Info.ID)

	// Not used (yet): groups, calls, newsletters, app state of chats, and what only Messenger has.
	case *events.HistorySync, *events.FBMessage, *events.Presence, *events.JoinedGroup, *events.GroupInfo, *events.Picture, *events.UserAbout,
		*events.PrivacySettings, *events.MediaRetry, *events.Blocklist, *events.NewsletterJoin, *events.NewsletterLeave,
		*events.NewsletterMuteChange, *events.NewsletterLiveUpdate, *events.Contact, *events.BusinessName, *events.Pin, *events.Star,
		*events.DeleteForMe, *events.Mute, *events.Archive, *events.MarkChatAsRead, *events.ClearChat, *events.DeleteChat,
		*events.UnarchiveChatsSetting, *events.UserStatusMute, *events.LabelEdit, *events.LabelAssociationChat,
		*events.LabelAssociationMessage, *events.AppState, *events.CallOffer, *events.CallAccept,
		*events.CallPreAccept, *events.CallTransport, *events.CallOfferNotice, *events.CallRelayLatency, *events.CallTerminate,
		*events.CallReject, *events.UnknownCallEvent:
	default:
		c.log.Warn("whatsmeow has an event that is not known here", "type", eventName(evt))
	}
	return nil
}

// gone reports a signal after which the connection is of no use.
func (c *conn) gone(s wa.Signal) {
	c.ready.Store(false)
	c.tell(s)
}

func (c *conn) connected() {
	c.ready.Store(true)
	c.tell(wa.Signal{Kind: wa.SignalConnected, Person: c.account(), Device: int(c.client.Store.GetJID().Device)})
	c.appear()
	c.nameless()
	c.wakeImport()
}

// account is who the number is, as far as the device knows.
func (c *conn) account() wa.Person {
	d := c.client.Store
	return wa.Person{Identity: wa.Identity{Phone: wa.PhoneFromDigits(d.GetJID().User), LID: wa.LID(d.GetLID().User)}, PushName: d.PushName}
}

func (c *conn) loggedOut(e *events.LoggedOut) {
	s := wa.Signal{Kind: wa.SignalLoggedOut, Code: e.Reason.NumberString(), Cause: "device_removed", Text: "The device was unlinked, on the phone or by WhatsApp."}
	switch e.Reason {
	case events.ConnectFailureMainDeviceGone:
		s.Kind, s.Cause, s.Text = wa.SignalLocked, "locked", "WhatsApp locked the account, or the phone was switched."
	case events.ConnectFailureUnknownLogout:
		s.Kind, s.Cause, s.Text = wa.SignalBanned, "banned", "WhatsApp banned the account."
	}
	c.gone(s)
}

func connectFailure(e *events.ConnectFailure) wa.Signal {
	s := wa.Signal{Kind: wa.SignalFailure, Code: e.Reason.NumberString(), Cause: "refused"}
	switch e.Reason {
	case events.ConnectFailureBadUserAgent, events.ConnectFailureCATExpired, events.ConnectFailureCATInvalid,
		events.ConnectFailureNotFound, events.ConnectFailureClientUnknown:
		s.Kind, s.Cause = wa.SignalMisconfigured, "misconfigured"
	}
	return s
}

func banText(code events.TempBanReason) string {
	switch code {
	case events.TempBanSentToTooManyPeople:
		return "WhatsApp paused the account: too many messages to people who do not have the number in their address book."
	case events.TempBanBlockedByUsers:
		return "WhatsApp paused the account: too many people blocked it."
	case events.TempBanCreatedTooManyGroups:
		return "WhatsApp paused the account: too many groups with people who do not have the number in their address book."
	case events.TempBanSentTooManySameMessage:
		return "WhatsApp paused the account: the same message to too many people."
	case events.TempBanBroadcastList:
		return "WhatsApp paused the account: too many messages to a broadcast list."
	default:
		return "WhatsApp paused the account."
	}
}

// reachout reports whether new chats are locked. An empty notification says nothing.
func (c *conn) reachout(e *events.NotifyAccountReachoutTimelock) {
	switch {
	case e.IsActive:
		c.tell(wa.Signal{Kind: wa.SignalReachoutLocked, Cause: e.EnforcementType, Until: e.TimeEnforcementEnds.Time})
	case e.EnforcementType != "" || !e.TimeEnforcementEnds.IsZero():
		c.tell(wa.Signal{Kind: wa.SignalReachoutFreed, Cause: e.EnforcementType})
	}
}

func (c *conn) showCodes(texts []string) {
	show := func(text string, life time.Duration) {
		c.tell(wa.Signal{Kind: wa.SignalQR, QR: text, Expires: c.link.p.clock.Now().Add(life)})
	}
	c.work.Go(c.codes.start(c.ctx, texts, show, func() { c.tell(wa.Signal{Kind: wa.SignalQRExpired}) }))
}

// pairedNow reports the link once. WhatsApp's demand to reconnect can overtake whatsmeow's own news of the pairing.
func (c *conn) pairedNow() {
	c.codes.stop()
	c.paired.Do(func() {
		c.tell(wa.Signal{Kind: wa.SignalPaired, Person: c.account(), Device: int(c.client.Store.GetJID().Device)})
	})
}

func (c *conn) pairFailed(err error) {
	s := wa.Signal{Kind: wa.SignalPairFailed, Cause: "pairing_failed", Text: "The phone and WhatsApp could not agree. Scan again."}
	if refused := c.refuse.Load(); errors.Is(err, whatsmeow.ErrPairRejectedLocally) && refused != nil {
		s.Cause, s.Text = "refused", "The number could not be checked. Try again in a moment."
		if f := (*fault.Error)(nil); errors.As(*refused, &f) {
			s.Cause, s.Text = f.Reason, f.Message
		}
	}
	c.tell(s)
}

func (c *conn) askPasskey(e *events.PairPasskeyRequest) {
	options, err := json.Marshal(e.PublicKey)
	if err != nil {
		c.tell(wa.Signal{Kind: wa.SignalPairFailed, Cause: "passkey_failed", Text: "WhatsApp's passkey request could not be read."})
		return
	}
	c.tell(wa.Signal{Kind: wa.SignalPasskeyRequest, Passkey: options})
}

func (c *conn) confirmPasskey(e *events.PairPasskeyConfirmation) {
	s := wa.Signal{Kind: wa.SignalPasskeyConfirm, Code: e.Code}
	if e.SkipHandoffUX {
		s.Code = ""
	}
	c.tell(s)
}
