package control

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// Fault is one knob as the API shows it.
type Fault struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // "switch", "number", "duration", "text", "list", "ban"
	Doc   string `json:"doc"`
	Value any    `json:"value"`
	Set   bool   `json:"set"` // not at its healthy value
}

// faultDocs says what each knob does, by its name in sim.Faults. A test keeps the two lists equal.
var faultDocs = map[string]string{
	"down":               "refuse new connections and cut the open ones",
	"latency":            "delay every stanza that the server sends",
	"stall":              "keep connections open, but neither read nor write, without a FIN",
	"no_pong":            "leave keepalive pings unanswered",
	"clock_offset":       "shift every time that the server tells",
	"connect_failure":    "answer every login with this reason: 401, 403, 406 log out, 405 is an outdated client, 500 and 503 pass",
	"temp_ban":           `ban every login: {"code": 101 | 102 | 103 | 104 | 106, "expire": "1h"}`,
	"min_version":        `call clients below this version outdated (405), for example "2.3000.1029000000"`,
	"refuse_pairing":     "let the phone refuse every scan, code and passkey",
	"send_error":         "refuse messages with this code, for example 463 (time lock), 479, 400, 429",
	"send_error_to":      "refuse only messages to these phone numbers",
	"send_error_share":   "refuse only this share of messages, 0 to 1",
	"send_error_cold":    "refuse only messages to people who never wrote to the account",
	"ack_delay":          "delay the acknowledgement of each message",
	"no_ack":             "deliver messages but never acknowledge them",
	"cut_after_ack":      "cut the connection after each acknowledged message",
	"cut_before_ack":     "accept and deliver a message, then cut instead of acknowledging",
	"lose":               "acknowledge messages but deliver them to nobody",
	"duplicate":          "deliver each message so many more times",
	"corrupt":            "damage the ciphertext of so many deliveries",
	"hold":               "keep messages for companions until their next login",
	"reorder":            "send the offline queue in reverse order",
	"drop_receipts":      "swallow receipts for what the account sent",
	"no_prekeys":         "hand out and count no one-time prekeys of the account's companions",
	"ask_again":          "let each recipient ask so many times for every message that it has read already",
	"app_state_mismatch": "damage the hash of the settings that companions fetch",
	"phone_addressed":    "name contacts by phone number instead of hidden id in what companions get, also in mid-chat",
	"no_alias":           "leave a sender's other name away: neither number beside hidden id nor the reverse",
	"new_chat_cap":       "allow so many messages in 30 days to people who never wrote, with warnings and then 463",
	"ban_after_reports":  "a toy model: ban for an hour once so many people blocked or reported the account",
	"ban_after_cold":     "a toy model: ban for an hour once the account wrote to so many people who never wrote",
	"ban_for":            "how long a ban of the model lasts",
	"limit":              "end send_error, ack_delay, no_ack, cut_* and lose after so many messages",
}

// listFaults shows the network's knobs, or those of the account in the path.
func (s *Server) listFaults(r *http.Request, _ struct{}) (map[string]any, error) {
	turn, account, err := s.target(r)
	if err != nil {
		return nil, err
	}
	var now sim.Faults
	turn(func(f *sim.Faults) { now = *f })
	items := []Fault{}
	for _, field := range knobs(&now) {
		items = append(items, field.view())
	}
	if !account {
		items = append(items, s.mediaFaults()...)
	}
	return map[string]any{"items": items}, nil
}

func (s *Server) setFault(r *http.Request, value json.RawMessage) (map[string]any, error) {
	turn, account, err := s.target(r)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("name")
	if len(value) == 0 {
		return nil, invalid("no value: send it as the body, for example true, 463 or \"2s\"")
	}
	if _, of := mediaDocs[name]; of && !account {
		err = s.setMediaFault(name, value)
	} else {
		turn(func(f *sim.Faults) { err = setKnob(f, name, value) })
	}
	if err != nil {
		return nil, err
	}
	s.live.note("fault set", r.PathValue("phone"), name+" = "+string(value))
	return s.listFaults(r, struct{}{})
}

func (s *Server) clearFault(r *http.Request, _ struct{}) (map[string]any, error) {
	turn, account, err := s.target(r)
	if err != nil {
		return nil, err
	}
	name := r.PathValue("name")
	if _, of := mediaDocs[name]; of && !account {
		err = s.clearMediaFault(name)
	} else {
		turn(func(f *sim.Faults) {
			var field knob
			if field, err = findKnob(f, name); err == nil {
				field.value.SetZero()
			}
		})
	}
	if err != nil {
		return nil, err
	}
	s.live.note("fault cleared", r.PathValue("phone"), name)
	return s.listFaults(r, struct{}{})
}

func (s *Server) clearFaults(r *http.Request, _ struct{}) (map[string]any, error) {
	turn, account, err := s.target(r)
	if err != nil {
		return nil, err
	}
	turn(func(f *sim.Faults) { *f = sim.Faults{} })
	if !account {
		s.media.SetTrouble(healthyMedia)
	}
	s.live.note("all faults cleared", r.PathValue("phone"), "")
	return s.listFaults(r, struct{}{})
}

// target is the network, or the account in the path.
func (s *Server) target(r *http.Request) (turn func(func(*sim.Faults)), account bool, err error) {
	if r.PathValue("phone") == "" {
		return s.network.SetFaults, false, nil
	}
	a, err := s.account(r)
	if err != nil {
		return nil, true, err
	}
	return a.SetFaults, true, nil
}

// knob is one field of sim.Faults under its JSON name.
type knob struct {
	name  string
	value reflect.Value
}

func knobs(f *sim.Faults) (all []knob) {
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		all = append(all, knob{name: name, value: v.Field(i)})
	}
	return all
}

func findKnob(f *sim.Faults, name string) (knob, error) {
	for _, field := range knobs(f) {
		if field.name == name {
			return field, nil
		}
	}
	return knob{}, missing("there is no fault %q: GET /control/v1/faults lists them", name)
}

// ban is sim.TempBan with the duration as text.
type ban struct {
	Code   int      `json:"code"`
	Expire Duration `json:"expire"`
}

func setKnob(f *sim.Faults, name string, raw json.RawMessage) error {
	field, err := findKnob(f, name)
	if err != nil {
		return err
	}
	switch field.value.Interface().(type) {
	case time.Duration:
		var d Duration
		err = strict(raw, &d)
		field.value.SetInt(int64(d))
	case *sim.TempBan:
		var b ban
		err = strict(raw, &b)
		field.value.Set(reflect.ValueOf(&sim.TempBan{Code: b.Code, Expire: time.Duration(b.Expire)}))
	default:
		value := reflect.New(field.value.Type())
		if err = strict(raw, value.Interface()); err == nil {
			field.value.Set(value.Elem())
		}
	}
	return err
}

func (k knob) view() Fault {
	out := Fault{Name: k.name, Doc: faultDocs[k.name], Value: k.value.Interface(), Set: !k.value.IsZero()}
	switch value := k.value.Interface().(type) {
	case bool:
		out.Type = "switch"
	case int, float64:
		out.Type = "number"
	case time.Duration:
		out.Type, out.Value = "duration", Duration(value)
	case string:
		out.Type = "text"
	case []string:
		out.Type, out.Value = "list", nonNil(value)
	case *sim.TempBan:
		out.Type, out.Value = "ban", nil
		if value != nil {
			out.Value = ban{value.Code, Duration(value.Expire)}
		}
	}
	return out
}
