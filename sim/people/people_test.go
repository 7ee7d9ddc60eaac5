package people_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim/people"
)

func TestTheSamePersonEveryTime(t *testing.T) {
	t.Parallel()
	languages, names := map[people.Language]int{}, map[string]bool{}
	for i := range 1000 {
		person := people.Of(1, i)
		require.Equal(t, person, people.Of(1, i))
		require.NotEmpty(t, person.Name)
		languages[person.Language]++
		names[person.Name] = true
	}
	require.InDelta(t, 250, languages[people.English], 60, "about one of four writes English")
	require.Greater(t, len(names), 400, "names are varied")
	require.NotEqual(t, all(1), all(2), "another seed, other people")
}

func TestLinesAreFilledIn(t *testing.T) {
	t.Parallel()
	random := people.Random(1, "lines")
	for range 500 {
		for _, language := range []people.Language{people.Indonesian, people.English} {
			line := people.Line(random, language, random.IntN(2) == 0)
			require.NotEmpty(t, line)
			require.NotContains(t, line, "{")
		}
	}
}

func all(seed uint64) (names []string) {
	for i := range 50 {
		names = append(names, people.Of(seed, i).Name)
	}
	return names
}
