package script

import "github.com/sapa-chat/sapa/sim/people"

// role is a person and what they want, one scene after the other.
type role struct {
	Person
	scenes []scene
}

// cast is read only. The numbers are from a range that Indonesian operators use; in the simulator nobody owns them.
var cast = []role{
	{Person{"6281390010001", "Bu Siti Rahayu", people.Indonesian}, []scene{hargaID, pesanID, terlambatID}},
	{Person{"6281390010002", "Olivia Baker", people.English}, []scene{stockEN, orderEN, hoursEN}},
	{Person{"6281390010003", "Budi Santoso", people.Indonesian}, []scene{stokID, bukaID}},
	{Person{"6281390010004", "Dewi Lestari", people.Indonesian}, []scene{terlambatID, hargaID}},
	{Person{"6281390010005", "James Foster", people.English}, []scene{hoursEN, lateEN}},
	{Person{"6281390010006", "Kak Ayu 🌸", people.Indonesian}, []scene{pesanID, grosirID}},
	{Person{"6281390010007", "Pak Hendra (RT 05)", people.Indonesian}, []scene{bukaID, grosirID}},
	{Person{"6281390010008", "Emma Clarke", people.English}, []scene{priceEN, lateEN}},
	{Person{"6281390010009", "Rizky Pratama", people.Indonesian}, []scene{grosirID, stokID}},
	{Person{"6281390010010", "Putri Maulana", people.Indonesian}, []scene{rusakID, hargaID}},
	{Person{"6281390010011", "Made Wirawan", people.Indonesian}, []scene{stokID, pesanID}},
	{Person{"6281390010012", "Priya Patel", people.English}, []scene{orderEN, stockEN}},
}

// vocabulary is what everybody of a language says around a scene.
type vocabulary struct {
	nudge, thanks, close, giveUp []string
	questions                    []question
}

// question is something that a shop asks back, known by the beginnings of words.
type question struct{ words, answers []string }

var phrases = map[people.Language]vocabulary{people.Indonesian: indonesian, people.English: english}
