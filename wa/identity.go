package wa

// LID is WhatsApp's hidden account id: the digits before "@lid". It is not a phone number and is never shown as one.
type LID string

// Identity is how WhatsApp names a person in one chat: a phone, a LID or both. At least one is set.
// Which identities belong to one contact is decided by the identity graph of package inbox, not here.
type Identity struct {
	Phone Phone
	LID   LID
}

// Known reports whether the identity names anybody.
func (i Identity) Known() bool { return i.Phone != "" || i.LID != "" }

// Person is an identity with what WhatsApp told about it.
type Person struct {
	Identity
	// PushName is the name that the person chose for themselves; not trustworthy, may hold markup.
	PushName string
}

// NumberRef names a connected number to the parts that serve it.
type NumberRef struct {
	Workspace string
	// ID is the number's id.
	ID string
	// Epoch is the lease under which the number runs on this node; every write of its lane carries it.
	Epoch int64
}
