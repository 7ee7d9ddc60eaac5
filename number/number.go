package number

import (
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/line"
	"github.com/sapa-chat/sapa/wa"
)

// Number is a WhatsApp number that a workspace connected, or is about to, through one provider.
type Number struct {
	ID        string
	Workspace string
	Name      string
	// Phone and LID are the account's, known from the first pairing on.
	Phone    wa.Phone
	LID      wa.LID
	Provider string
	State    State
	// Cause is a stable word for why the state is as it is, Code WhatsApp's raw code where it gave one, Text a sentence for people.
	Cause string
	Code  string
	Text  string
	// Since is when the state began; Until when it is expected to end, zero when nobody knows.
	Since time.Time
	Until time.Time
	// Reachout is WhatsApp's lock on new chats, also while the number is in another state.
	Reachout Reachout
	// Primary is the number that sends when a caller names none; one per workspace.
	Primary bool
	// Enabled is what a person wants: a number that a person disconnected stays off after a restart.
	Enabled      bool
	LastActivity time.Time
	// Proxy is the number's own proxy URL with its credentials: a secret, shown to nobody.
	Proxy    string
	Metadata json.RawMessage
	PushName string
	// Paired tells whether device keys exist. Epoch is the lease under which it runs, 0 before the first.
	Paired    bool
	Epoch     int64
	CreatedAt time.Time
}

// Ref names the number to the parts that serve it.
func (n Number) Ref() wa.NumberRef {
	return wa.NumberRef{Workspace: n.Workspace, ID: n.ID, Epoch: n.Epoch}
}

// Ready reports whether the number may send now.
func (n Number) Ready() bool { return n.State == Connected || n.State == Degraded }

// ProviderWeb is the provider on WhatsApp Web, the only one so far.
const ProviderWeb = "web"

// MaxNameBytes bounds the name of a number.
const MaxNameBytes = 100

// Draft is a number to be created.
type Draft struct {
	// Name is shown to people; required, up to MaxNameBytes.
	Name string
	// Provider is ProviderWeb, or empty for it.
	Provider string
	// Proxy is an http, https or socks5 URL, or empty.
	Proxy string
	// Metadata is any JSON object up to event.MaxMetadataBytes; nil is {}.
	Metadata json.RawMessage
}

// Change is what a person may change of a number; nil leaves as it is.
type Change struct {
	Name *string
	// Proxy replaces the proxy; "" removes it. A connected number connects again through it.
	Proxy    *string
	Metadata json.RawMessage
}

func checkName(name string) error {
	if len(name) > MaxNameBytes || !line.Fits(name) {
		return fault.Errorf(fault.Invalid, "the name must have 1 to %d bytes on one line", MaxNameBytes).On("name")
	}
	return nil
}

// checkProxy does not repeat the text in its fault: it has credentials.
func checkProxy(proxy string) error {
	if proxy == "" {
		return nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return fault.Errorf(fault.Invalid, "a proxy is a URL such as socks5://user:password@host:1080; http and https work too").Because("proxy_malformed").On("proxy")
	}
	return nil
}
