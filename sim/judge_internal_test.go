package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInversions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		orders []int
		want   int
	}{
		{nil, 0}, {[]int{1, 2, 3}, 0}, {[]int{2, 1}, 1}, {[]int{3, 2, 1}, 2}, {[]int{1, 4, 2, 3, 5}, 1},
	} {
		require.Equal(t, tc.want, inversions(tc.orders), "%v", tc.orders)
	}
}

// The ledger must be able to say no: each line plants one thing that tests look for.
func TestTheLedgerSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	confirmed := func(order int) []Delivery { return []Delivery{{Phone: "2", Device: 0, Copies: 1, Order: order}} }
	for name, tc := range map[string]struct {
		chat []Entry
		want Summary
	}{
		"missing":      {[]Entry{{From: "1", To: "2", Seq: 1, Copies: 1}}, Summary{Sent: 1, Missing: 1}},
		"refused only": {[]Entry{{From: "1", To: "2", Refused: 2, Error: 463}}, Summary{Refused: 2}},
		"out of order": {[]Entry{
			{From: "1", To: "2", Seq: 1, Copies: 1, Text: "a", Deliveries: confirmed(2)},
			{From: "1", To: "2", Seq: 2, Copies: 1, Text: "b", Deliveries: confirmed(1)},
		}, Summary{Sent: 2, Received: 2, OutOfOrder: 1}},
		"same text, other id": {[]Entry{
			{ID: "x", From: "1", To: "2", Seq: 1, Copies: 1, Text: "a", Deliveries: confirmed(1)},
			{ID: "y", From: "1", To: "2", Seq: 2, Copies: 1, Text: "a", Deliveries: confirmed(2)},
		}, Summary{Sent: 2, Received: 2, Duplicates: 1}},
		"repeated and collapsed": {[]Entry{
			{From: "1", To: "2", Seq: 1, Copies: 2, Deliveries: []Delivery{{Phone: "2", Copies: 2, Collapsed: 1, Order: 1}}},
		}, Summary{Sent: 1, Received: 1, Repeated: 1, Collapsed: 1}},
		"only the phone has it, not the companion": {[]Entry{
			{From: "1", To: "2", Seq: 1, Copies: 1, Deliveries: []Delivery{{Phone: "2", Order: 1}, {Phone: "2", Device: 3, Copies: 1}}},
		}, Summary{Sent: 1, Missing: 1}},
		"the other direction": {[]Entry{{From: "2", To: "1", Seq: 1, Copies: 1}}, Summary{}},
	} {
		require.Equal(t, tc.want, judge(tc.chat, "1"), name)
	}
}

func TestLedgerQueries(t *testing.T) {
	t.Parallel()
	var l Ledger
	now := time.Now()
	for i, from := range []string{"1", "2", "1"} {
		to := map[string]string{"1": "2", "2": "1"}[from]
		l.change(from, to, string(rune('a'+i)), func(c *chat, e *Entry) { c.seq++; e.Seq, e.Copies, e.Accepted = c.seq, 1, now })
	}
	require.Equal(t, [][2]string{{"1", "2"}}, l.Chats())
	require.Len(t, l.Chat("2", "1"), 3)
	require.Equal(t, 2, l.From("1").Sent)
	require.Equal(t, 1, l.To("1").Sent)
	require.Equal(t, 3, l.Total().Sent)
	_, ok := l.Find("2", "1", "a")
	require.False(t, ok, "the id is another sender's")
	require.Nil(t, l.Chat("1", "3"))
}
