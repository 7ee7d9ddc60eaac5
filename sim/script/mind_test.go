package script

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim/people"
)

func TestAHelpfulShopMakesEverybodyContent(t *testing.T) {
	t.Parallel()
	everyScene(t, func(t *testing.T, language people.Language, s scene) {
		m := newMind(people.Random(1, "helpful"), language, s)
		require.NotEmpty(t, m.open())
		for i, beat := range s {
			require.False(t, m.content())
			line := m.answer(helpful(beat))
			require.NotEmpty(t, line, "beat %d", i)
		}
		require.True(t, m.content())
	})
}

func TestAnswersThatDoNotHelpAreAskedAgainOnceAndThenGivenUp(t *testing.T) {
	t.Parallel()
	everyScene(t, func(t *testing.T, language people.Language, s scene) {
		m := newMind(people.Random(1, "helpless"), language, s)
		require.Contains(t, s[0].again, m.answer("hmm"))
		require.Contains(t, phrases[language].giveUp, m.answer("hmm"))
		require.True(t, m.content())
	})
}

// An assistant, or an echo, on the other side answers everything.
func TestTwoMachinesDoNotTalkForEver(t *testing.T) {
	t.Parallel()
	everyScene(t, func(t *testing.T, language people.Language, s scene) {
		m := newMind(people.Random(1, "echo"), language, s)
		line, said := m.open(), 0
		for range 200 {
			if line = m.answer(line + "? alamat nama berapa address name order 0 ok"); line != "" {
				said++
			}
		}
		require.Less(t, said, 20)
	})
}

func TestAQuestionOfTheShopIsAnswered(t *testing.T) {
	t.Parallel()
	id := newMind(people.Random(1, "q"), people.Indonesian, pesanID)
	require.Contains(t, phrases[people.Indonesian].questions[0].answers, id.answer("Boleh minta alamat lengkapnya kak?"))
	require.False(t, id.content(), "a question back is no answer yet")
	en := newMind(people.Random(1, "q"), people.English, orderEN)
	require.Contains(t, phrases[people.English].questions[1].answers, en.answer("May I have your name?"))
}

func TestSomebodyWhoWaitsAsksOnce(t *testing.T) {
	t.Parallel()
	m := newMind(people.Random(1, "n"), people.English, hoursEN)
	require.NotEmpty(t, m.nudge())
	require.Empty(t, m.nudge())
}

func TestTheCastIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, role := range cast {
		require.False(t, seen[role.Phone], role.Phone)
		seen[role.Phone] = true
		require.NotEmpty(t, role.scenes)
		require.Contains(t, phrases, role.Language)
		require.Equal(t, role.Person, Cast()[i])
	}
	require.GreaterOrEqual(t, len(cast), 12)
}

func everyScene(t *testing.T, check func(*testing.T, people.Language, scene)) {
	t.Helper()
	for _, role := range cast {
		for _, s := range role.scenes {
			check(t, role.Language, s)
			for _, beat := range s[:len(s)-1] {
				require.NotEmpty(t, beat.helps, "a beat that is not the last waits for something: %v", beat.say)
			}
		}
	}
}

// helpful is the shortest answer that helps.
func helpful(b beat) string {
	if i := slices.IndexFunc(b.helps, func(s string) bool { return s != "0" }); i >= 0 {
		return "well, " + b.helps[i]
	}
	return "well"
}
