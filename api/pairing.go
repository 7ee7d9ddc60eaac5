package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"rsc.io/qr"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
	"github.com/sapa-chat/sapa/workspace"
)

// Pairing is how far the linking of a number is. It holds the code to scan: only for those who may pair.
type Pairing struct {
	Open        bool            `json:"open"`
	Method      number.Method   `json:"method" enum:"qr,code,"`
	Step        number.Step     `json:"step" enum:"waiting,shown,passkey,scanned,linking,syncing,connected,failed,"`
	QR          *PairingQR      `json:"qr"`
	Code        string          `json:"code" doc:"To type on the phone, such as ABCD-EFGH."`
	CodeExpires *time.Time      `json:"code_expires_at"`
	Passkey     *number.Passkey `json:"passkey"`
	Failure     *PairingFailure `json:"failure"`
	Limit       PairingLimit    `json:"limit"`
}

// PairingQR is a code to scan, as a picture and as text.
type PairingQR struct {
	PNG       string    `json:"png_base64" doc:"A PNG without the data: prefix."`
	Text      string    `json:"text"`
	ExpiresAt time.Time `json:"expires_at"`
}

// PairingFailure says why a pairing ended without a link.
type PairingFailure struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// PairingLimit is how many pairings the workspace may start.
type PairingLimit struct {
	Allowed   int        `json:"allowed" doc:"Per hour; negative without a limit."`
	Remaining int        `json:"remaining"`
	ResetsAt  *time.Time `json:"resets_at" doc:"When the next is free, if none remains."`
}

// PairingStart says how to pair. Phone is needed for a code.
type PairingStart struct {
	Method number.Method `json:"method" enum:"qr,code"`
	Phone  string        `json:"phone,omitempty" maxLength:"40"`
}

// PasskeyAnswer carries the browser's WebAuthn response, or that the codes on both screens are equal.
type PasskeyAnswer struct {
	Response json.RawMessage `json:"response,omitempty"`
	Confirm  *bool           `json:"confirm,omitempty"`
}

type startInput = changeOf[PairingStart]

func (s *Server) registerPairing() {
	pair := func(method, path, id, summary, about string, status int) route {
		return route{method: method, path: "/v1/numbers/{id}" + path, id: id, tag: "numbers", access: member, permission: workspace.WriteNumbers, summary: summary, about: about, status: status}
	}
	start := pair(http.MethodPost, "/pair", "start-pairing", "Start a pairing, or change its method", "429 `pairing_limit` when the workspace started too many within the hour.", 0)
	start.creates = true
	add(s, start, s.startPairing)
	add(s, pair(http.MethodGet, "/pairing", "get-pairing", "The current or last pairing", "", 0), s.getPairing)
	add(s, pair(http.MethodDelete, "/pairing", "cancel-pairing", "Cancel the open pairing", "", http.StatusNoContent), s.cancelPairing)
	add(s, pair(http.MethodPost, "/pairing/passkey", "answer-passkey", "Answer WhatsApp's passkey challenge", "Send either `response` or `confirm`.", 0), s.answerPasskey)
	if s.cfg.Simulator != nil {
		add(s, pair(http.MethodPost, "/simulated-scan", "simulated-scan", "Scan the code with a simulated phone", "Exists only in simulator mode.", http.StatusAccepted), s.simulatedScan)
	}
}

func (s *Server) startPairing(ctx context.Context, c Caller, in *startInput) (*of[Pairing], error) {
	var phone wa.Phone
	if in.Body.Method == number.MethodCode {
		country, err := s.cfg.Workspaces.Country(ctx, c.Workspace)
		if err != nil {
			return nil, err
		}
		if phone, err = wa.ParsePhone(in.Body.Phone, country); err != nil {
			return nil, err
		}
	}
	p, err := s.cfg.Numbers.Pair(ctx, c.Workspace, in.ID, in.Body.Method, phone)
	return shownPairing(p, err)
}

func (s *Server) getPairing(ctx context.Context, c Caller, in *ByID) (*of[Pairing], error) {
	return shownPairing(s.cfg.Numbers.Pairing(ctx, c.Workspace, in.ID))
}

func (s *Server) cancelPairing(ctx context.Context, c Caller, in *ByID) (*none, error) {
	return nil, s.cfg.Numbers.CancelPairing(ctx, c.Workspace, in.ID)
}

func (s *Server) answerPasskey(ctx context.Context, c Caller, in *changeOf[PasskeyAnswer]) (*of[Pairing], error) {
	if (in.Body.Response == nil) == (in.Body.Confirm == nil) {
		return nil, fault.Errorf(fault.Invalid, "send either response or confirm").Because("passkey_answer").On("response")
	}
	if in.Body.Confirm != nil {
		return shownPairing(s.cfg.Numbers.ConfirmPasskey(ctx, c.Workspace, in.ID, *in.Body.Confirm))
	}
	return shownPairing(s.cfg.Numbers.AnswerPasskey(ctx, c.Workspace, in.ID, in.Body.Response))
}

func shownPairing(p number.PairingView, err error) (*of[Pairing], error) {
	if err != nil {
		return nil, err
	}
	out := Pairing{
		Open: p.Open, Method: p.Method, Step: p.Step, Code: p.Code, CodeExpires: optional(p.CodeExpires), Passkey: p.Passkey,
		Failure: (*PairingFailure)(p.Failure), Limit: showLimit(p.Limit),
	}
	if p.QR != nil {
		code, err := qr.Encode(p.QR.Text, qr.L)
		if err != nil {
			return nil, err
		}
		out.QR = &PairingQR{PNG: base64.StdEncoding.EncodeToString(code.PNG()), Text: p.QR.Text, ExpiresAt: p.QR.ExpiresAt}
	}
	return answer(out), nil
}

func showLimit(l number.PairingLimit) PairingLimit {
	return PairingLimit{Allowed: l.Allowed, Remaining: l.Remaining, ResetsAt: optional(l.ResetsAt)}
}
