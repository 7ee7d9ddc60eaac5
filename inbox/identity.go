package inbox

import "github.com/sapa-chat/sapa/wa"

// Known is a contact as the identity graph holds it.
type Known struct {
	ID string
	// Phone and LID are the contact's current ones; either may be unknown.
	Phone wa.Phone
	LID   wa.LID
}

// Plan is what has to change so that an identity names exactly one contact. The zero Plan creates a contact with it.
type Plan struct {
	// Contact is who the identity names; empty means a new contact.
	Contact string
	// SetPhone and SetLID make the identity's phone or LID lead to the contact, taking it from whoever had it.
	SetPhone, SetLID bool
	// Merge is a contact that turned out to be the same person and is joined into Contact; empty for none.
	Merge string
}

// Changes reports whether the plan changes anything about who is who.
func (p Plan) Changes() bool { return p.Contact == "" || p.SetPhone || p.SetLID || p.Merge != "" }

// Resolve decides who an identity names, given the contacts that its phone and its LID lead to now (nil: nobody).
//
// A LID is an account and never moves; a phone number is lent to an account and can move to another
// (docs/adr/0010-identity-graph.md). So a contact has at most one LID, and two contacts are one person only
// when one of them is known by phone alone. Otherwise the phone has moved, and only the phone is taken along.
func Resolve(id wa.Identity, byPhone, byLID *Known) Plan {
	switch {
	case id.LID == "" || id.Phone == "":
		return resolveOne(id, byPhone, byLID)
	case byPhone == nil && byLID == nil:
		return Plan{SetPhone: true, SetLID: true}
	case byLID == nil && byPhone.LID == "":
		return Plan{Contact: byPhone.ID, SetLID: true}
	case byLID == nil: // the phone moved to an account that is new here
		return Plan{SetPhone: true, SetLID: true}
	case byPhone == nil:
		return Plan{Contact: byLID.ID, SetPhone: true}
	case byPhone.ID == byLID.ID:
		return Plan{Contact: byLID.ID, SetPhone: byLID.Phone != id.Phone}
	case byPhone.LID == "":
		return merge(byPhone, byLID)
	default: // the phone moved from one known account to another
		return Plan{Contact: byLID.ID, SetPhone: true}
	}
}

func resolveOne(id wa.Identity, byPhone, byLID *Known) Plan {
	switch {
	case byLID != nil:
		return Plan{Contact: byLID.ID}
	case byPhone != nil:
		return Plan{Contact: byPhone.ID}
	}
	return Plan{SetPhone: id.Phone != "", SetLID: id.LID != ""}
}

// merge joins two contacts; the older id remains, because it is the one that others have stored.
func merge(byPhone, byLID *Known) Plan {
	keep, drop := byPhone.ID, byLID.ID
	if drop < keep {
		keep, drop = drop, keep
	}
	return Plan{Contact: keep, Merge: drop, SetPhone: true, SetLID: true}
}
