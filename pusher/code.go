package pusher

import (
	"encoding/binary"
	"encoding/json"
)

// Code is a close or error code of the protocol. As a close code, pusher-js never
// reconnects after 4000–4099 and after 4300 and above, waits one second after
// 4100–4199, and reconnects at once after 4200–4299.
type Code int

// The codes this server sends. 4301 and 4302 are only ever sent as a pusher:error event.
const (
	CodeNoApp          Code = 4001 // the key belongs to no app
	CodeDisabled       Code = 4003 // the app is disabled
	CodeOverQuota      Code = 4004 // the app has its maximum of connections
	CodeNoPath         Code = 4005 // the URL names no app
	CodeVersion        Code = 4006 // the protocol parameter is not a number
	CodeProtocol       Code = 4007 // a protocol this server does not speak
	CodeNoProtocol     Code = 4008 // no protocol parameter
	CodeUnauthorized   Code = 4009 // origin or sign-in refused, or terminated or expelled by the app
	CodeOverCapacity   Code = 4100 // this server is full, draining, or cannot look up the app right now; the address has its share; a client that floods
	CodeReconnect      Code = 4200 // connect again: slow reader, drain, changed secret or rights, malformed frame (as an event)
	CodeNoPong         Code = 4201 // no answer to a ping
	CodeClientLimit    Code = 4301 // client event refused: rate, size, name or channel
	CodeWatchlistLimit Code = 4302 // more than 100 ids in a watchlist
)

// closeFrame is a WebSocket close frame with code and reason (cut to 123 bytes).
func closeFrame(code Code, reason string) []byte {
	if len(reason) > 123 {
		reason = reason[:123]
	}
	f := make([]byte, 4, 4+len(reason))
	f[0], f[1] = 0x88, byte(2+len(reason))
	binary.BigEndian.PutUint16(f[2:], uint16(code))
	return append(f, reason...)
}

// errorFrame is the pusher:error event; code 0 is written as null.
func errorFrame(code Code, message, channel string) []byte {
	var body struct {
		Event   string `json:"event"`
		Channel string `json:"channel,omitempty"`
		Data    struct {
			Code    *Code  `json:"code"`
			Message string `json:"message"`
		} `json:"data"`
	}
	body.Event, body.Channel, body.Data.Message = "pusher:error", channel, message
	if code != 0 {
		body.Data.Code = &code
	}
	payload, _ := json.Marshal(body) // strings and an int always encode
	return textFrame(payload)
}
