package drive

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Message is a message as the API shows it.
type Message struct {
	ID           string `json:"id"`
	Conversation string `json:"conversation"`
	Number       string `json:"number"`
	WAID         string `json:"wa_id"`
	Direction    string `json:"direction"`
	Author       struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"author"`
	Text   string    `json:"text"`
	Time   time.Time `json:"time"`
	Quoted *struct {
		Message string `json:"message"`
		Text    string `json:"text"`
	} `json:"quoted"`
	Status  string `json:"status"`
	Failure *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"failure"`
}

// Conversation is a conversation as the API shows it.
type Conversation struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Unread  int    `json:"unread"`
	Contact struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Phone string `json:"phone"`
		LID   string `json:"lid"`
	} `json:"contact"`
	LastMessage *Message `json:"last_message"`
}

// Event is an event of the log as the API shows it.
type Event struct {
	ID     string          `json:"id"`
	Seq    int64           `json:"seq"`
	Type   string          `json:"type"`
	Number string          `json:"number"`
	Data   json.RawMessage `json:"data"`
}

// Has tells whether the data have all these fields.
func (e Event) Has(fields map[string]any) bool {
	var data map[string]any
	if json.Unmarshal(e.Data, &data) != nil {
		return false
	}
	for name, want := range fields {
		if data[name] != want {
			return false
		}
	}
	return true
}

// String is the event's type with its data.
func (e Event) String() string { return e.Type + " " + string(e.Data) }

type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Send queues a text to a phone through a number. header holds more headers, such as Idempotency-Key.
func (c *Client) Send(ctx context.Context, number, phone, text string, header ...string) (m Message, err error) {
	err = c.Do(ctx, http.MethodPost, "/v1/messages", map[string]string{"to": phone, "number": number, "text": text}, &m, header...)
	return m, err
}

// Reply queues a text in a conversation.
func (c *Client) Reply(ctx context.Context, conversation, text string) (m Message, err error) {
	err = c.Do(ctx, http.MethodPost, "/v1/conversations/"+conversation+"/messages", map[string]string{"text": text}, &m)
	return m, err
}

// Message reads a message.
func (c *Client) Message(ctx context.Context, id string) (m Message, err error) {
	err = c.Do(ctx, http.MethodGet, "/v1/messages/"+id, nil, &m)
	return m, err
}

// Conversations lists the newest conversations.
func (c *Client) Conversations(ctx context.Context) ([]Conversation, error) {
	var l list[Conversation]
	err := c.Do(ctx, http.MethodGet, "/v1/conversations", nil, &l)
	return l.Items, err
}

// AllConversations lists all conversations of a number.
func (c *Client) AllConversations(ctx context.Context, number string) (all []Conversation, err error) {
	for cursor := ""; ; {
		var page list[Conversation]
		if err := c.Do(ctx, http.MethodGet, Query("/v1/conversations", "number", number, "limit", "100", "cursor", cursor), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// Messages lists a conversation's newest messages, newest first.
func (c *Client) Messages(ctx context.Context, conversation string) ([]Message, error) {
	var l list[Message]
	err := c.Do(ctx, http.MethodGet, "/v1/conversations/"+conversation+"/messages", nil, &l)
	return l.Items, err
}

// AllMessages lists a conversation from its first message to its newest.
func (c *Client) AllMessages(ctx context.Context, conversation string) (all []Message, err error) {
	for cursor := ""; ; {
		var page list[Message]
		path := Query("/v1/conversations/"+conversation+"/messages", "limit", "100", "cursor", cursor)
		if err := c.Do(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			slices.Reverse(all)
			return all, nil
		}
	}
}

// Events reads up to 200 events after seq, of the types (none: all).
func (c *Client) Events(ctx context.Context, after string, types string) ([]Event, error) {
	var l list[Event]
	path := Query("/v1/events", "after", after, "limit", "200")
	if types != "" {
		path += "&type=" + types
	}
	err := c.Do(ctx, http.MethodGet, path, nil, &l)
	return l.Items, err
}

// AllEvents reads the whole log of a number ("": of the workspace) of one type.
func (c *Client) AllEvents(ctx context.Context, typ, number string) (all []Event, err error) {
	for after := int64(0); ; {
		var page struct {
			Items []Event `json:"items"`
			Next  int64   `json:"next_after"`
		}
		query := []string{"after", strconv.FormatInt(after, 10), "limit", "200", "type", typ}
		if number != "" {
			query = append(query, "number", number)
		}
		if err := c.Do(ctx, http.MethodGet, Query("/v1/events", query...), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if len(page.Items) == 0 || page.Next <= after {
			return all, nil
		}
		after = page.Next
	}
}
