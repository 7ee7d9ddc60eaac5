package control

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/qr"
)

type scanIn struct {
	QR        string `json:"qr"`
	PNGBase64 string `json:"png_base64"`
	newAccount
}

// scan answers when the companion has signed its identity; being connected follows within a second.
func (s *Server) scan(r *http.Request, in scanIn) (Account, error) {
	text := in.QR
	if in.PNGBase64 != "" {
		_, encoded, found := strings.Cut(in.PNGBase64, ";base64,") // a data: URL as a page has it
		if !found {
			encoded = in.PNGBase64
		}
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return Account{}, invalid("png_base64 is not base64: %v", err)
		}
		if text, err = readPicture(bytes.NewReader(raw)); err != nil {
			return Account{}, err
		}
	}
	if text == "" {
		return Account{}, invalid(`nothing to scan: send {"qr": "the text of the code"} or {"png_base64": "a picture of it"}`)
	}
	return s.link(r, text, in.newAccount)
}

func (s *Server) scanPicture(w http.ResponseWriter, r *http.Request) {
	text, err := readPicture(r.Body)
	if err != nil {
		fail(w, err)
		return
	}
	query := r.URL.Query()
	account, err := s.link(r, text, newAccount{Phone: query.Get("phone"), Name: query.Get("name")})
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, account)
}

func readPicture(picture io.Reader) (string, error) {
	text, err := qr.Read(picture)
	if err != nil {
		return "", invalid("%v", err)
	}
	return text, nil
}

func (s *Server) link(r *http.Request, text string, in newAccount) (Account, error) {
	account, err := s.open(in)
	if err != nil {
		return Account{}, err
	}
	if err := account.Scan(r.Context(), text); err != nil {
		s.live.note("scan refused", account.Phone(), err.Error())
		return Account{}, err
	}
	s.live.note("scanned", account.Phone(), "")
	return viewAccount(account), nil
}

func (s *Server) enterCode(r *http.Request, in struct {
	Code string `json:"code"`
}) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	if in.Code == "" {
		return Account{}, invalid(`no code: send {"code": "ABCD-EFGH"}, the eight characters that the companion shows`)
	}
	if err := account.EnterCode(r.Context(), in.Code); err != nil {
		s.live.note("code refused", account.Phone(), err.Error())
		return Account{}, err
	}
	s.live.note("code entered", account.Phone(), "")
	return viewAccount(account), nil
}

func (s *Server) setPasskey(r *http.Request, in sim.Passkey) (Account, error) {
	account, err := s.account(r)
	if err != nil {
		return Account{}, err
	}
	account.RequirePasskey(in)
	s.live.note("passkey set", account.Phone(), "")
	return viewAccount(account), nil
}
