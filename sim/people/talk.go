package people

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Line is one line of small talk between a shop and a customer, in the person's language.
// mine is true for the shop's side.
func Line(random *rand.Rand, language Language, mine bool) string {
	lines := customer[language]
	if mine {
		lines = shop[language]
	}
	return fill(random, pick(random, lines), language)
}

// fill replaces {item}, {n}, {price} and {day}.
func fill(random *rand.Rand, line string, language Language) string {
	return strings.NewReplacer(
		"{item}", pick(random, items[language]),
		"{n}", strconv.Itoa(1+random.IntN(12)),
		"{price}", "Rp"+strconv.Itoa(15+5*random.IntN(60))+".000",
		"{day}", pick(random, days[language]),
	).Replace(line)
}

var (
	items = map[Language][]string{
		Indonesian: {"kopi Gayo 250 g", "kopi Toraja", "teh melati", "keripik singkong", "sambal roa", "madu hutan", "kaos hitam ukuran L", "tas anyaman"},
		English:    {"Gayo coffee 250 g", "Toraja beans", "jasmine tea", "cassava chips", "roa sambal", "forest honey", "black T-shirt size L", "woven bag"},
	}
	days = map[Language][]string{
		Indonesian: {"Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		English:    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	customer = map[Language][]string{
		Indonesian: {
			"Halo kak, {item} masih ada?", "Berapa harga {item}?", "Saya mau pesan {n} {item} ya", "Buka sampai jam berapa hari {day}?",
			"Bisa kirim ke Bandung?", "Sudah saya transfer {price}, mohon dicek 🙏", "Paketnya belum sampai, sudah {n} hari", "Oke, terima kasih banyak ya kak!",
			"Ada diskon kalau ambil {n}?", "Alamatnya masih sama seperti kemarin", "Boleh COD?", "Siap, ditunggu kabarnya",
		},
		English: {
			"Hi, do you still have {item}?", "How much is the {item}?", "I'd like {n} × {item}, please", "Are you open on {day}?",
			"Do you deliver to Bandung?", "I just transferred {price}, could you check?", "My parcel still hasn't arrived after {n} days", "Great, thank you so much!",
			"Any discount if I take {n}?", "Same address as last time", "Can I pay on delivery?", "Perfect, I'll wait to hear from you",
		},
	}
	shop = map[Language][]string{
		Indonesian: {
			"Halo kak, {item} ready ya, stok tinggal {n}", "Harganya {price} kak", "Baik kak, pesanan kami proses hari ini", "Kami buka sampai jam 20.00 kak",
			"Bisa kak, ongkirnya {price}", "Pembayaran sudah masuk, terima kasih 🙏", "Mohon maaf kak, kami cek dulu ke kurirnya ya", "Sama-sama kak, ditunggu orderan berikutnya",
		},
		English: {
			"Hi! Yes, {item} is in stock, {n} left", "It's {price}", "Sure, we'll ship it today", "We're open until 8 pm",
			"Yes, delivery is {price}", "Payment received, thank you!", "So sorry, let us check with the courier", "You're welcome, see you next time",
		},
	}
)
