package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
)

// complete adds to the schemas what Go types cannot say: which references may be null, that metadata is an
// object, and the words that other rooms' types may hold.
func complete(schemas map[string]*huma.Schema) {
	for name, fields := range map[string][]string{
		"Message":       {"quoted", "failure"},
		"MessageDetail": {"quoted", "failure", "waiting"},
		"Conversation":  {"last_message"},
		"Pairing":       {"qr", "passkey", "failure"},
	} {
		for _, field := range fields {
			ref := *schemas[name].Properties[field]
			schemas[name].Properties[field] = &huma.Schema{AnyOf: []*huma.Schema{&ref, {Type: "null"}}}
		}
	}
	for _, schema := range schemas {
		if metadata, ok := schema.Properties["metadata"]; ok {
			metadata.Type, metadata.AdditionalProperties = huma.TypeObject, true
		}
	}
	for _, words := range []struct {
		schema, field string
		enum          []any
	}{
		{"Message", "direction", []any{event.In, event.Out}},
		{"Message", "status", []any{event.StatusReceived, event.StatusQueued, event.StatusSending, event.StatusSent, event.StatusDelivered,
			event.StatusRead, event.StatusPlayed, event.StatusFailed, event.StatusUnknown}},
		{"Author", "kind", []any{event.AuthorContact, event.AuthorPerson, event.AuthorAPIKey, event.AuthorAssistant, event.AuthorCampaign, event.AuthorPhone}},
		{"Conversation", "owner", []any{inbox.OwnerNobody, inbox.OwnerHuman, inbox.OwnerAssistant}},
	} {
		schemas[words.schema].Properties[words.field].Enum = words.enum
	}
}
