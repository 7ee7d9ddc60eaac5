package pusher

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
)

// textFrame is payload as one unmasked WebSocket text frame, ready for any number of sockets.
func textFrame(payload []byte) []byte {
	f := make([]byte, 0, len(payload)+10)
	f = append(f, 0x81)
	switch n := len(payload); {
	case n < 126:
		f = append(f, byte(n))
	case n < 1<<16:
		f = append(f, 126)
		f = binary.BigEndian.AppendUint16(f, uint16(n))
	default:
		f = append(f, 127)
		f = binary.BigEndian.AppendUint64(f, uint64(n))
	}
	return append(f, payload...)
}

// message is what goes to clients. Data is encoded as it is: a string for
// published events (double encoding is the protocol's), raw JSON for client events.
type message struct {
	Event   string `json:"event"`
	Channel string `json:"channel,omitempty"`
	Data    any    `json:"data,omitempty"`
	UserID  string `json:"user_id,omitempty"`
}

// frame encodes m once.
func (m message) frame() []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		// Only raw JSON from a client could fail, and that was decoded before.
		return errorFrame(CodeReconnect, "the event could not be encoded", m.Channel)
	}
	return textFrame(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// object encodes v as the JSON string that the protocol wants in data.
func object(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}

// clientFrame is one message from a client.
type clientFrame struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
}

// decode reads the data of f into v. Clients send it as an object or as a string that holds one.
func (f clientFrame) decode(v any) error {
	data := []byte(f.Data)
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		data = []byte(s)
	}
	return json.Unmarshal(data, v)
}
