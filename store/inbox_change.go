package store

import (
	"context"
	"encoding/json"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/wa"
)

// SetConversationMetadata replaces it.
func (s Inbox) SetConversationMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) error {
	return s.DB.Write(ctx, workspace, func(tx *Tx) error {
		v, err := getConversation(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE conversations SET metadata = $3 WHERE workspace = $1 AND id = $2`, workspace, v.ID, metadata)
		return err
	})
}

// SetMessageMetadata replaces it.
func (s Inbox) SetMessageMetadata(ctx context.Context, workspace, id string, metadata json.RawMessage) error {
	return s.DB.Write(ctx, workspace, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE messages SET metadata = $3 WHERE workspace = $1 AND id = $2`, workspace, id, metadata)
		if err == nil && n == 0 {
			return fault.Errorf(fault.NotFound, "no message %s", id)
		}
		return err
	})
}

// ChangeContact changes name and metadata, with an event.
func (s Inbox) ChangeContact(ctx context.Context, workspace, id string, change inbox.ContactChange) (c event.Contact, err error) {
	err = s.DB.Write(ctx, workspace, func(tx *Tx) error {
		if err := lockGraph(ctx, tx, workspace); err != nil {
			return err
		}
		row, err := getContact(ctx, tx, workspace, id)
		if err != nil {
			return err
		}
		if change.Name != nil {
			row.name = *change.Name
		}
		if change.Metadata != nil {
			row.metadata = string(change.Metadata)
		}
		if err := saveContact(ctx, tx, workspace, row); err != nil {
			return err
		}
		c = row.contact()
		return tx.Append(ctx, event.Draft{Type: event.ContactUpdated, Data: c})
	})
	return c, err
}

// learnAtOnce is how many people one transaction looks up.
const learnAtOnce = 100

// Learn joins identities and takes push names of known people; nobody is made.
func (s Inbox) Learn(ctx context.Context, workspace string, people []wa.Person) error {
	for len(people) > 0 {
		some := people[:min(len(people), learnAtOnce)]
		people = people[len(some):]
		news, err := s.news(ctx, workspace, some)
		if err != nil {
			return err
		}
		if len(news) == 0 {
			continue
		}
		if err := s.DB.Write(ctx, workspace, func(tx *Tx) error {
			for _, who := range news {
				if _, err := identify(ctx, tx, workspace, who, false, false); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// news keeps the people about whom something is told that the graph does not hold yet.
func (s Inbox) news(ctx context.Context, workspace string, people []wa.Person) (news []wa.Person, err error) {
	err = s.DB.Read(ctx, workspace, func(tx *Tx) error {
		news = nil
		byPhone, byLID, err := lookUpMany(ctx, tx, workspace, people)
		if err != nil {
			return err
		}
		for _, who := range people {
			g := graph{byPhone: byPhone[string(who.Phone)], byLID: byLID[string(who.LID)]}
			plan := g.plan(who.Identity)
			p := g.of(plan.Contact)
			if p == nil {
				continue
			}
			if name := cleanName(who.PushName); plan.Changes() || (name != "" && name != p.contact.pushName) {
				news = append(news, who)
			}
		}
		return nil
	})
	return news, err
}

// lookUpMany reads who the phones and LIDs lead to, in one statement.
func lookUpMany(ctx context.Context, tx *Tx, workspace string, people []wa.Person) (byPhone, byLID map[string]*place, err error) {
	byPhone, byLID = map[string]*place{}, map[string]*place{}
	args := []any{workspace}
	for _, who := range people {
		args = append(args, string(who.Phone))
	}
	for _, who := range people {
		args = append(args, string(who.LID))
	}
	rows, err := tx.Query(ctx, `SELECT i.kind, i.value, `+contactColumns+` FROM contact_identities i
		JOIN contacts c ON c.workspace = i.workspace AND c.id = i.contact
		WHERE i.workspace = $1 AND ((i.kind = 'phone' AND i.value IN (`+list(2, len(people))+`))
		OR (i.kind = 'lid' AND i.value IN (`+list(2+len(people), len(people))+`)))`, args...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, value string
		p := new(place)
		if err := rows.Scan(append([]any{&kind, &value}, p.contact.fields()...)...); err != nil {
			return nil, nil, err
		}
		if kind == "phone" {
			byPhone[value] = p
		} else {
			byLID[value] = p
		}
	}
	return byPhone, byLID, rows.Err()
}
