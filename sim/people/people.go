// Package people invents the persons of the simulated network: names and languages,
// Indonesian and English, always the same for the same seed and number.
//
// It is for contact ranges, histories and scripts, so that ten thousand contacts need no
// storage and a failed test can be repeated. Nobody in it exists.
//
// Invariant: Of is a pure function; changing the word lists changes every history, so
// golden figures in tests must not depend on single names.
package people

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Language is the language that a person writes, as an ISO 639-1 code.
type Language string

// The two languages of the simulated network.
const (
	Indonesian Language = "id"
	English    Language = "en"
)

// Person is somebody with a WhatsApp name.
type Person struct {
	Name     string
	Language Language
}

// Of invents person number i of a seed. About three of four write Indonesian.
func Of(seed uint64, i int) Person {
	random := Random(seed, "person", strconv.Itoa(i))
	if random.IntN(4) == 0 {
		return Person{Name: pick(random, english) + " " + pick(random, surnames), Language: English}
	}
	name := pick(random, indonesian)
	switch random.IntN(4) {
	case 0: // one name is common
	case 1:
		name = pick(random, titles) + " " + name
	default:
		name += " " + pick(random, family)
	}
	return Person{Name: name, Language: Indonesian}
}

// Random is a source of chance that depends on the seed and the words alone, so that each use has its own
// and none disturbs another.
func Random(seed uint64, words ...string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(strings.Join(words, "\x00"))) // a hash never fails
	return rand.New(rand.NewPCG(seed, hash.Sum64()))       // #nosec G404 -- repeatable on purpose, no secret comes from it
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

var (
	titles     = []string{"Bu", "Pak", "Mbak", "Mas", "Kak"}
	indonesian = []string{
		"Siti", "Budi", "Dewi", "Agus", "Rina", "Joko", "Putri", "Andi", "Wati", "Rizky", "Ayu", "Bambang", "Lestari", "Dimas", "Indah",
		"Fajar", "Nur", "Hendra", "Yuni", "Arif", "Sri", "Wahyu", "Maya", "Eko", "Ratna", "Galih", "Fitri", "Teguh", "Kartika", "Made", "Ketut", "Ujang",
	}
	family = []string{
		"Santoso", "Wijaya", "Lestari", "Pratama", "Siregar", "Nasution", "Hidayat", "Saputra", "Rahayu", "Kusuma", "Halim", "Tanjung",
		"Simanjuntak", "Gunawan", "Permana", "Hartono", "Utami", "Nugroho", "Suryani", "Maulana",
	}
	english  = []string{"Olivia", "James", "Emma", "Liam", "Sophie", "Noah", "Grace", "Daniel", "Chloe", "Ethan", "Hannah", "Oscar", "Priya", "Marcus", "Zoe", "Tom"}
	surnames = []string{"Baker", "Clarke", "Evans", "Foster", "Green", "Hughes", "Khan", "Lee", "Murphy", "Patel", "Reid", "Turner", "Walsh", "Young"}
)
