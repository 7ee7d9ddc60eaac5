package inbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sapa-chat/sapa/inbox"
	"github.com/sapa-chat/sapa/wa"
)

func TestWhoAnIdentityNames(t *testing.T) {
	t.Parallel()
	both := wa.Identity{Phone: "+621", LID: "1"}
	phone, lid := wa.Identity{Phone: "+621"}, wa.Identity{LID: "1"}
	known := func(id string, p wa.Phone, l wa.LID) *inbox.Known { return &inbox.Known{ID: id, Phone: p, LID: l} }
	for name, c := range map[string]struct {
		who            wa.Identity
		byPhone, byLID *inbox.Known
		want           inbox.Plan
	}{
		"nobody, both known":          {both, nil, nil, inbox.Plan{SetPhone: true, SetLID: true}},
		"nobody, phone only":          {phone, nil, nil, inbox.Plan{SetPhone: true}},
		"nobody, LID only":            {lid, nil, nil, inbox.Plan{SetLID: true}},
		"known by phone":              {phone, known("a", "+621", "1"), nil, inbox.Plan{Contact: "a"}},
		"known by LID":                {lid, nil, known("a", "+621", "1"), inbox.Plan{Contact: "a"}},
		"nothing new":                 {both, known("a", "+621", "1"), known("a", "+621", "1"), inbox.Plan{Contact: "a"}},
		"the LID is news":             {both, known("a", "+621", ""), nil, inbox.Plan{Contact: "a", SetLID: true}},
		"the phone is news":           {both, nil, known("a", "", "1"), inbox.Plan{Contact: "a", SetPhone: true}},
		"the account has a new phone": {both, nil, known("a", "+629", "1"), inbox.Plan{Contact: "a", SetPhone: true}},
		"one person after all, phone older": {both, known("a", "+621", ""), known("b", "", "1"),
			inbox.Plan{Contact: "a", Merge: "b", SetPhone: true, SetLID: true}},
		"one person after all, LID older": {both, known("b", "+621", ""), known("a", "", "1"),
			inbox.Plan{Contact: "a", Merge: "b", SetPhone: true, SetLID: true}},
		"the phone moved to an unknown account": {both, known("a", "+621", "9"), nil, inbox.Plan{SetPhone: true, SetLID: true}},
		"the phone moved to a known account":    {both, known("a", "+621", "9"), known("b", "", "1"), inbox.Plan{Contact: "b", SetPhone: true}},
		"back to an earlier phone of the same account": {both, known("a", "+629", "1"), known("a", "+629", "1"),
			inbox.Plan{Contact: "a", SetPhone: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, inbox.Resolve(c.who, c.byPhone, c.byLID))
		})
	}
}

// TestTheGraphStaysAGraph applies plans to a model in memory: whatever is learned in whatever order, every LID
// keeps one contact, a contact has at most one LID, and learning the same again changes nothing.
func TestTheGraphStaysAGraph(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := model{phones: map[wa.Phone]*inbox.Known{}, lids: map[wa.LID]*inbox.Known{}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			who := wa.Identity{
				Phone: rapid.SampledFrom([]wa.Phone{"", "+621", "+622", "+623"}).Draw(t, "phone"),
				LID:   rapid.SampledFrom([]wa.LID{"", "1", "2", "3"}).Draw(t, "lid"),
			}
			if !who.Known() {
				continue
			}
			before := m.lids[who.LID]
			c := m.learn(who)
			if who.LID != "" && c.LID != who.LID {
				t.Fatalf("%v leads to a contact with LID %q", who, c.LID)
			}
			if before != nil && before.LID != c.LID {
				t.Fatalf("the account %q changed its contact's LID", who.LID)
			}
			for l, k := range m.lids {
				if k.LID != l {
					t.Fatalf("LID %q leads to a contact with LID %q", l, k.LID)
				}
			}
			if again := inbox.Resolve(who, m.phones[who.Phone], m.lids[who.LID]); again != (inbox.Plan{Contact: c.ID}) {
				t.Fatalf("learning %v again changes %+v", who, again)
			}
		}
	})
}

// model is the identity graph in memory.
type model struct {
	phones map[wa.Phone]*inbox.Known
	lids   map[wa.LID]*inbox.Known
	count  int
}

func (m *model) learn(who wa.Identity) *inbox.Known {
	plan := inbox.Resolve(who, m.phones[who.Phone], m.lids[who.LID])
	c := m.find(plan.Contact)
	if c == nil {
		m.count++
		c = &inbox.Known{ID: string(rune('a' + m.count))}
	}
	if plan.Merge != "" {
		for p, k := range m.phones {
			if k.ID == plan.Merge {
				m.phones[p] = c
			}
		}
		for l, k := range m.lids {
			if k.ID == plan.Merge {
				m.lids[l], c.LID = c, l
			}
		}
	}
	if plan.SetPhone {
		if old := m.phones[who.Phone]; old != nil && old != c {
			old.Phone = ""
		}
		m.phones[who.Phone], c.Phone = c, who.Phone
	}
	if plan.SetLID {
		m.lids[who.LID], c.LID = c, who.LID
	}
	return c
}

func (m *model) find(id string) *inbox.Known {
	for _, k := range m.phones {
		if k.ID == id {
			return k
		}
	}
	for _, k := range m.lids {
		if k.ID == id {
			return k
		}
	}
	return nil
}
