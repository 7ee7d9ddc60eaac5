package drive

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sapa-chat/sapa/sim"
)

// Number is a number as the API shows it.
type Number struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Phone     string `json:"phone"`
	State     string `json:"state"`
	Cause     string `json:"cause"`
	CauseCode string `json:"cause_code"`
	Enabled   bool   `json:"enabled"`
	Primary   bool   `json:"primary"`
}

// Pairing is a pairing as the API shows it.
type Pairing struct {
	Open bool   `json:"open"`
	Step string `json:"step"`
	QR   *struct {
		Text string `json:"text"`
	} `json:"qr"`
	Code    string `json:"code"`
	Failure *struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	} `json:"failure"`
}

// AddNumber creates a number.
func (c *Client) AddNumber(ctx context.Context, name string) (n Number, err error) {
	err = c.Do(ctx, http.MethodPost, "/v1/numbers", map[string]string{"name": name, "provider": "web"}, &n)
	return n, err
}

// Number reads a number.
func (c *Client) Number(ctx context.Context, id string) (n Number, err error) {
	err = c.Do(ctx, http.MethodGet, "/v1/numbers/"+id, nil, &n)
	return n, err
}

// Pair links a number with the account's phone by QR code and waits until it is connected.
func (c *Client) Pair(ctx context.Context, number string, phone *sim.Account) error {
	text, err := c.QR(ctx, number)
	if err != nil {
		return err
	}
	if err := phone.Scan(ctx, text); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return c.WaitState(ctx, number, "connected")
}

// QR starts a pairing and returns the text of its first code.
func (c *Client) QR(ctx context.Context, number string) (string, error) {
	var p Pairing
	if err := c.Do(ctx, http.MethodPost, "/v1/numbers/"+number+"/pair", map[string]string{"method": "qr"}, &p); err != nil {
		return "", err
	}
	err := Until(ctx, func() (bool, error) {
		err := c.Do(ctx, http.MethodGet, "/v1/numbers/"+number+"/pairing", nil, &p)
		return p.QR != nil && p.QR.Text != "", err
	})
	if err != nil {
		return "", fmt.Errorf("no QR code: %w (%+v)", err, p)
	}
	return p.QR.Text, nil
}

// WaitState waits until the number is in the state.
func (c *Client) WaitState(ctx context.Context, number, state string) error {
	var n Number
	err := Until(ctx, func() (done bool, err error) {
		n, err = c.Number(ctx, number)
		return n.State == state, err
	})
	if err != nil {
		return fmt.Errorf("number %s is %s (%s %s), not %s: %w", number, n.State, n.Cause, n.CauseCode, state, err)
	}
	return nil
}

// Until asks every 5 ms until the answer is yes or an error, or ctx ends.
func Until(ctx context.Context, ask func() (bool, error)) error {
	return Every(ctx, 5*time.Millisecond, ask)
}
