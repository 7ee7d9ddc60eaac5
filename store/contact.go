package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/sapa-chat/sapa/event"
	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/internal/fault"
	"github.com/sapa-chat/sapa/internal/id"
	"github.com/sapa-chat/sapa/internal/line"
	"github.com/sapa-chat/sapa/wa"
)

// contactRow is a row of contacts.
type contactRow struct {
	id, name, pushName string
	phone              wa.Phone
	lid                wa.LID
	metadata           string
}

const contactColumns = `c.id, c.name, c.push_name, c.phone, c.lid, c.metadata`

func (c *contactRow) fields() []any {
	return []any{&c.id, &c.name, &c.pushName, &c.phone, &c.lid, &c.metadata}
}

// shown is the name to show: the workspace's own, else the one that the contact chose.
func (c contactRow) shown() string {
	if c.name != "" {
		return c.name
	}
	return c.pushName
}

func (c contactRow) contact() event.Contact {
	return event.Contact{ID: c.id, Name: c.shown(), Phone: c.phone, LID: c.lid, Metadata: json.RawMessage(c.metadata)}
}

func (c contactRow) search() string {
	return strings.ToLower(strings.Join([]string{c.name, c.pushName, string(c.phone)}, " "))
}

// place is where a message of somebody on a number belongs.
type place struct {
	contact      contactRow
	conversation string
	lastActivity int64
}

// graph is how the identity graph stands for one identity.
type graph struct{ byPhone, byLID *place }

func (g graph) plan(who wa.Identity) inbox.Plan {
	return inbox.Resolve(who, known(g.byPhone), known(g.byLID))
}

func known(p *place) *inbox.Known {
	if p == nil {
		return nil
	}
	return &inbox.Known{ID: p.contact.id, Phone: p.contact.phone, LID: p.contact.lid}
}

// of returns the place of a contact that the graph knows.
func (g graph) of(contact string) *place {
	for _, p := range []*place{g.byPhone, g.byLID} {
		if p != nil && p.contact.id == contact {
			return p
		}
	}
	return nil
}

// lookUp reads who the phone and the LID of an identity lead to, with their conversation on the number, in one statement.
func lookUp(ctx context.Context, tx *Tx, workspace, number string, who wa.Identity) (graph, error) {
	var g graph
	rows, err := tx.Query(ctx, `SELECT i.kind, `+contactColumns+`, COALESCE(v.id, ''), COALESCE(v.last_activity, 0)
		FROM contact_identities i
		JOIN contacts c ON c.workspace = i.workspace AND c.id = i.contact
		LEFT JOIN conversations v ON v.workspace = i.workspace AND v.contact = i.contact AND v.number = $2
		WHERE i.workspace = $1 AND ((i.kind = 'phone' AND i.value = $3) OR (i.kind = 'lid' AND i.value = $4))`,
		workspace, number, string(who.Phone), string(who.LID))
	if err != nil {
		return g, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind string
		p := new(place)
		if err := rows.Scan(append(append([]any{&kind}, p.contact.fields()...), &p.conversation, &p.lastActivity)...); err != nil {
			return g, err
		}
		if kind == "phone" {
			g.byPhone = p
		} else {
			g.byLID = p
		}
	}
	return g, rows.Err()
}

// locate finds or makes the contact of an identity and their conversation on the number. quiet (history) makes no events.
func locate(ctx context.Context, tx *Tx, workspace, number string, who wa.Person, quiet bool) (place, error) {
	g, err := lookUp(ctx, tx, workspace, number, who.Identity)
	if err != nil {
		return place{}, err
	}
	plan := g.plan(who.Identity)
	if p := g.of(plan.Contact); p != nil && !plan.Changes() && p.conversation != "" {
		return *p, rename(ctx, tx, workspace, &p.contact, who.PushName, quiet)
	}
	contact, err := identify(ctx, tx, workspace, who, true, quiet)
	if err != nil {
		return place{}, err
	}
	return openConversation(ctx, tx, workspace, number, *contact, quiet)
}

// identify makes an identity lead to one contact, as the plan says, under the workspace's lock.
// Without create, nobody is made and the contact may be nil.
func identify(ctx context.Context, tx *Tx, workspace string, who wa.Person, create, quiet bool) (*contactRow, error) {
	if err := lockGraph(ctx, tx, workspace); err != nil {
		return nil, err
	}
	g, err := lookUp(ctx, tx, workspace, "", who.Identity)
	if err != nil {
		return nil, err
	}
	plan := g.plan(who.Identity)
	var c *contactRow
	switch {
	case plan.Contact != "":
		c = &g.of(plan.Contact).contact
	case !create:
		return nil, nil
	default:
		if c, err = insertContact(ctx, tx, workspace, who, quiet); err != nil {
			return nil, err
		}
	}
	if plan.Merge != "" {
		if err := merge(ctx, tx, workspace, c, g.of(plan.Merge).contact); err != nil {
			return nil, err
		}
	}
	if err := relate(ctx, tx, workspace, c, who.Identity, plan, g); err != nil {
		return nil, err
	}
	if err := tell(ctx, tx, *c, plan, g, quiet); err != nil {
		return nil, err
	}
	return c, rename(ctx, tx, workspace, c, who.PushName, quiet)
}

// tell writes the event of what a plan changed of a contact that was known before; a merge has its own.
func tell(ctx context.Context, tx *Tx, c contactRow, plan inbox.Plan, g graph, quiet bool) error {
	was := g.of(plan.Contact)
	if quiet || was == nil || plan.Merge != "" || !plan.Changes() {
		return nil
	}
	return tx.Append(ctx, event.Draft{Type: event.ContactUpdated, Data: c.contact()})
}

// lockGraph lets one unit at a time change a workspace's identity graph.
func lockGraph(ctx context.Context, tx *Tx, workspace string) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_locks (workspace) VALUES ($1) ON CONFLICT (workspace) DO UPDATE SET workspace = excluded.workspace`, workspace)
	return err
}

func insertContact(ctx context.Context, tx *Tx, workspace string, who wa.Person, quiet bool) (*contactRow, error) {
	c := &contactRow{id: id.New(), pushName: cleanName(who.PushName), phone: who.Phone, lid: who.LID, metadata: "{}"}
	_, err := tx.Exec(ctx, `INSERT INTO contacts (workspace, id, push_name, phone, lid, search, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		workspace, c.id, c.pushName, string(c.phone), string(c.lid), c.search(), tx.Now())
	if err != nil || quiet {
		return c, err
	}
	return c, tx.Append(ctx, event.Draft{Type: event.ContactCreated, Data: c.contact()})
}

// relate makes the phone and the LID lead to c, as the plan says. A phone that was another contact's is taken from them.
func relate(ctx context.Context, tx *Tx, workspace string, c *contactRow, who wa.Identity, plan inbox.Plan, g graph) error {
	if plan.SetPhone {
		if p := g.byPhone; p != nil && p.contact.id != c.id && p.contact.id != plan.Merge {
			p.contact.phone = ""
			if err := saveContact(ctx, tx, workspace, p.contact); err != nil {
				return err
			}
		}
		c.phone = who.Phone
		if err := setIdentity(ctx, tx, workspace, "phone", string(who.Phone), c.id); err != nil {
			return err
		}
	}
	if plan.SetLID {
		c.lid = who.LID
		if err := setIdentity(ctx, tx, workspace, "lid", string(who.LID), c.id); err != nil {
			return err
		}
	}
	if plan.Contact == "" || !plan.Changes() {
		return nil
	}
	return saveContact(ctx, tx, workspace, *c)
}

func setIdentity(ctx context.Context, tx *Tx, workspace, kind, value, contact string) error {
	_, err := tx.Exec(ctx, `INSERT INTO contact_identities (workspace, kind, value, contact, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (workspace, kind, value) DO UPDATE SET contact = excluded.contact`, workspace, kind, value, contact, tx.Now())
	return err
}

func saveContact(ctx context.Context, tx *Tx, workspace string, c contactRow) error {
	_, err := tx.Exec(ctx, `UPDATE contacts SET name = $3, push_name = $4, phone = $5, lid = $6, metadata = $7, search = $8, updated_at = $9 WHERE workspace = $1 AND id = $2`,
		workspace, c.id, c.name, c.pushName, string(c.phone), string(c.lid), c.metadata, c.search(), tx.Now())
	return err
}

// rename takes the name that a contact chose for themselves, when it is news.
func rename(ctx context.Context, tx *Tx, workspace string, c *contactRow, pushName string, quiet bool) error {
	pushName = cleanName(pushName)
	if pushName == "" || pushName == c.pushName || (quiet && c.pushName != "") {
		return nil
	}
	c.pushName = pushName
	if err := saveContact(ctx, tx, workspace, *c); err != nil || quiet {
		return err
	}
	return tx.Append(ctx, event.Draft{Type: event.ContactUpdated, Data: c.contact()})
}

// maxNameBytes bounds a name that a contact chose.
const maxNameBytes = 200

// cleanName makes a foreign name fit to be stored and shown.
func cleanName(name string) string { return shorten(line.Clean(name), maxNameBytes) }

// openConversation finds or makes the contact's conversation on the number.
func openConversation(ctx context.Context, tx *Tx, workspace, number string, c contactRow, quiet bool) (place, error) {
	p := place{contact: c}
	err := tx.QueryRow(ctx, `SELECT id, last_activity FROM conversations WHERE workspace = $1 AND contact = $2 AND number = $3`,
		workspace, c.id, number).Scan(&p.conversation, &p.lastActivity)
	if !IsMissing(err) {
		return p, err
	}
	p.conversation = id.New()
	_, err = tx.Exec(ctx, `INSERT INTO conversations (workspace, id, number, contact, last_activity, created_at) VALUES ($1, $2, $3, $4, 0, $5)`,
		workspace, p.conversation, number, c.id, tx.Now())
	if err != nil || quiet {
		return p, err
	}
	return p, tx.Append(ctx, event.Draft{Type: event.ConversationOpened, Number: number, Conversation: p.conversation,
		Data: event.Opened{ID: p.conversation, Number: number, Contact: c.contact()}})
}

// getContact reads one contact, following merges, or fault NotFound.
func getContact(ctx context.Context, tx *Tx, workspace, contact string) (contactRow, error) {
	var c contactRow
	get := func(id string) error {
		return tx.QueryRow(ctx, `SELECT `+contactColumns+` FROM contacts c WHERE c.workspace = $1 AND c.id = $2`, workspace, id).Scan(c.fields()...)
	}
	err := get(contact)
	if IsMissing(err) {
		var into string
		if into, err = mergedInto(ctx, tx, workspace, contact); err == nil {
			err = get(into)
		}
	}
	if IsMissing(err) {
		return c, fault.Errorf(fault.NotFound, "no contact %s", contact)
	}
	return c, err
}

// mergedInto is what an id leads to that was merged away; sql.ErrNoRows when it was not.
func mergedInto(ctx context.Context, tx *Tx, workspace, id string) (into string, err error) {
	err = tx.QueryRow(ctx, `SELECT into_id FROM merged_ids WHERE workspace = $1 AND id = $2`, workspace, id).Scan(&into)
	return into, err
}
