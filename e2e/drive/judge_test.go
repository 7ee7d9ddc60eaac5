package drive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
)

func TestEveryCrimeIsCalledByItsName(t *testing.T) {
	crimes := func(found []Finding) (all []Crime) {
		for _, f := range found {
			all = append(all, f.Crime)
		}
		return all
	}
	require.Empty(t, accuse("in", 3, sim.Summary{Sent: 3, Received: 3, Repeated: 1, Collapsed: 1}))
	require.Equal(t, []Crime{Lost}, crimes(accuse("in", 3, sim.Summary{Sent: 3, Received: 2, Missing: 1})))
	require.Equal(t, []Crime{Lost}, crimes(accuse("out", 3, sim.Summary{Sent: 2, Received: 2})), "it never reached the network")
	require.Equal(t, []Crime{Doubled}, crimes(accuse("out", 3, sim.Summary{Sent: 4, Received: 4, Duplicates: 1})))
	require.Equal(t, []Crime{Disordered}, crimes(accuse("out", 3, sim.Summary{Sent: 3, Received: 3, OutOfOrder: 1})))

	require.Empty(t, compare("in", question, 2, []string{question(1), question(2)}))
	require.Equal(t, []Crime{Forgotten}, crimes(compare("in", question, 2, []string{question(1)})))
	require.Equal(t, []Crime{ShownTwice}, crimes(compare("in", question, 2, []string{question(1), question(2), question(2)})))
	require.Equal(t, []Crime{ShownDisordered}, crimes(compare("in", question, 2, []string{question(2), question(1)})))
}
