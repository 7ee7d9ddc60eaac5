package script

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/sapa-chat/sapa/sim/people"
)

// mind decides what one person says next in one scene. It does no I/O and knows no time.
type mind struct {
	random   *rand.Rand
	language people.Language
	scene    scene
	beat     int // the beat that waits for an answer; len(scene) when the person is content
	missed   int // answers to this beat that did not help
	polite   int // closing words said
	nudged   bool
	told     map[string]int // how often a question of the shop was answered
}

func newMind(random *rand.Rand, language people.Language, scene scene) *mind {
	return &mind{random: random, language: language, scene: scene, told: map[string]int{}}
}

// scene is one thing that a customer wants: beats that follow one another as the answers help.
type scene []beat

// beat is something to say and what a helpful answer contains.
type beat struct {
	say   []string // one of these
	helps []string // beginnings of words of which a helpful answer has one ("0" is any number); none: every answer helps
	again []string // said after an answer that did not help
}

// open is the first line.
func (m *mind) open() string { return m.pick(m.scene[0].say) }

// answer decides what to say to the shop's words; "" is nothing.
func (m *mind) answer(words string) string {
	heard := split(words)
	if m.content() {
		return m.close()
	}
	if reply := m.asked(words, heard); reply != "" {
		return reply
	}
	beat := m.scene[m.beat]
	if !helps(heard, beat.helps) && m.missed == 0 {
		m.missed++
		return m.pick(beat.again)
	}
	if !helps(heard, beat.helps) { // the second time they give up politely
		m.beat = len(m.scene)
		return m.pick(phrases[m.language].giveUp)
	}
	m.beat, m.missed, m.nudged = m.beat+1, 0, false
	if m.content() {
		return m.pick(phrases[m.language].thanks)
	}
	return m.pick(m.scene[m.beat].say)
}

// nudge is said once when no answer comes; "" the second time.
func (m *mind) nudge() string {
	if m.nudged || m.content() {
		return ""
	}
	m.nudged = true
	return m.pick(phrases[m.language].nudge)
}

// content reports whether the person has nothing more to ask.
func (m *mind) content() bool { return m.beat >= len(m.scene) }

// close answers politeness at most once, so that a machine on the other side finds no endless partner.
func (m *mind) close() string {
	m.polite++
	if m.polite > 1 {
		return ""
	}
	return m.pick(phrases[m.language].close)
}

// asked answers the shop's own question, if it is one that customers can answer.
func (m *mind) asked(words string, heard []string) string {
	if !strings.Contains(words, "?") {
		return ""
	}
	for _, q := range phrases[m.language].questions {
		if helps(heard, q.words) && m.told[q.words[0]] < 2 {
			m.told[q.words[0]]++
			return m.pick(q.answers)
		}
	}
	return ""
}

func (m *mind) pick(from []string) string {
	if len(from) == 0 {
		return ""
	}
	return from[m.random.IntN(len(from))]
}

// split makes lower-case words; prices and times stay whole.
func split(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:!?()*_\"'", r)
	})
}

// helps reports whether one of the words begins with one of the wanted stems. No stems: anything helps.
func helps(heard, stems []string) bool {
	if len(stems) == 0 {
		return len(heard) > 0
	}
	return slices.ContainsFunc(heard, func(word string) bool {
		return slices.ContainsFunc(stems, func(stem string) bool { return begins(word, stem) })
	})
}

func begins(word, stem string) bool {
	if stem == "0" {
		return strings.ContainsAny(word, "0123456789")
	}
	return strings.HasPrefix(word, stem)
}
