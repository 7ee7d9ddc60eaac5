package inbox

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/line"
	"github.com/sapa-chat/sapa/internal/page"
)

// ContactChange is what a person may change of a contact; nil leaves as it is.
type ContactChange struct {
	// Name is the workspace's own name for the contact, up to 200 bytes; "" returns to the name that the contact chose.
	Name     *string
	Metadata json.RawMessage
}

// Contacts lists a workspace's contacts by id (oldest first), narrowed to those whose name or phone contains query.
func (s *Service) Contacts(ctx context.Context, workspace, query string, p page.Request) (page.Page[event.Contact], error) {
	return s.store.Contacts(ctx, workspace, query, p)
}

// Contact returns one. An id that was merged away leads to who remains. Fault NotFound.
func (s *Service) Contact(ctx context.Context, workspace, id string) (event.Contact, error) {
	return s.store.Contact(ctx, workspace, id)
}

// ChangeContact changes name and metadata, with an event. Faults NotFound, Invalid, TooLarge.
func (s *Service) ChangeContact(ctx context.Context, workspace, id string, c ContactChange) (event.Contact, error) {
	if err := event.CheckMetadata(c.Metadata); err != nil {
		return event.Contact{}, err
	}
	if c.Name != nil {
		name, err := checkName(*c.Name)
		if err != nil {
			return event.Contact{}, err
		}
		c.Name = &name
	}
	return s.store.ChangeContact(ctx, workspace, id, c)
}

// maxNameBytes bounds the name that a workspace gives a contact.
const maxNameBytes = 200

func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if len(name) > maxNameBytes || (name != "" && !line.Fits(name)) {
		return "", fault.Errorf(fault.Invalid, "a name has at most %d bytes and no control characters", maxNameBytes).Because("name_malformed").On("name")
	}
	return name, nil
}
