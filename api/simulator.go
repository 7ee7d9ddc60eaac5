package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/number"
	"github.com/sapa-chat/sapa/wa"
)

// Simulator is a simulated WhatsApp network with phones that do as they are told.
type Simulator interface {
	// Scan lets a phone scan a QR code; an empty phone is a new one.
	Scan(ctx context.Context, text string, phone wa.Phone) error
	// EnterCode lets a phone type a pairing code.
	EnterCode(ctx context.Context, code string, phone wa.Phone) error
}

// SimulatedScan says which phone scans. Empty is a new one.
type SimulatedScan struct {
	Phone string `json:"phone,omitempty" maxLength:"40"`
}

func (s *Server) simulatedScan(ctx context.Context, c Caller, in *changeOf[SimulatedScan]) (*none, error) {
	p, err := s.cfg.Numbers.Pairing(ctx, c.Workspace, in.ID)
	if err != nil {
		return nil, err
	}
	var phone wa.Phone
	if in.Body.Phone != "" {
		country, err := s.cfg.Workspaces.Country(ctx, c.Workspace)
		if err != nil {
			return nil, err
		}
		if phone, err = wa.ParsePhone(in.Body.Phone, country); err != nil {
			return nil, err
		}
	}
	switch {
	case p.QR != nil:
		return nil, s.cfg.Simulator.Scan(ctx, p.QR.Text, phone)
	case p.Open && p.Method == number.MethodCode && p.Code != "" && phone != "":
		return nil, s.cfg.Simulator.EnterCode(ctx, p.Code, phone)
	}
	return nil, fault.Errorf(fault.Conflict, "there is no code to scan now; start a pairing first").Because("no_code")
}

// SimulatorAt reaches a simulator by its control API.
type SimulatorAt struct {
	// URL is the simulator's own, such as http://127.0.0.1:8090.
	URL string
	// Client defaults to one with a timeout of 15 seconds.
	Client *http.Client
}

// Scan implements Simulator.
func (s SimulatorAt) Scan(ctx context.Context, text string, phone wa.Phone) error {
	return s.post(ctx, "/control/v1/scan", map[string]string{"qr": text, "phone": phone.Digits()})
}

// EnterCode implements Simulator.
func (s SimulatorAt) EnterCode(ctx context.Context, code string, phone wa.Phone) error {
	return s.post(ctx, "/control/v1/accounts/"+phone.Digits()+"/code", map[string]string{"code": code})
}

func (s SimulatorAt) post(ctx context.Context, path string, in map[string]string) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask the simulator: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the simulator: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := s.Client
	if client == nil {
		client = &http.Client{Timeout: 15 * time.Second}
	}
	res, err := client.Do(req)
	if err != nil {
		return fault.Errorf(fault.Unavailable, "the simulator does not answer").Because("simulator_unavailable")
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 300 {
		return nil
	}
	var refused struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&refused) // without a message the status says enough
	return fault.Errorf(fault.Conflict, "the simulator refused: %s", strings.TrimSpace(refused.Error.Message+" ("+res.Status+")")).Because("simulator_refused")
}
