package script

var (
	hargaID = scene{
		{
			say:   []string{"Halo kak, kopi Gayo 250 gram harganya berapa ya?", "Selamat siang, mau tanya harga kopi Gayo yang 250 gram"},
			helps: []string{"rp", "harga", "ribu", "0"},
			again: []string{"Maksud saya harganya kak, berapa rupiah?", "Jadi harganya berapa ya kak?"},
		},
		{
			say:   []string{"Oh oke. Kalau ongkir ke Bandung berapa kak?", "Siap. Kirim ke Bandung kena ongkir berapa ya?"},
			helps: []string{"ongkir", "kirim", "gratis", "rp", "ribu", "0"},
			again: []string{"Kalau ongkirnya kak?", "Boleh info ongkir ke Bandung?"},
		},
	}
	stokID = scene{
		{
			say:   []string{"Permisi, madu hutan yang botol besar masih ready?", "Kak, madu hutan botol besar ada stok?"},
			helps: []string{"ada", "ready", "habis", "kosong", "stok", "tersedia", "masih", "ya", "iya"},
			again: []string{"Jadi masih ada stoknya kak?", "Ready atau kosong ya kak?"},
		},
		{
			say:   []string{"Sip, tolong simpan 1 ya kak, besok saya ambil", "Kalau begitu saya pesan 1 dulu, bisa diambil besok?"},
			helps: nil,
		},
	}
	bukaID = scene{
		{
			say:   []string{"Selamat pagi, hari Minggu buka tidak?", "Toko buka sampai jam berapa ya hari ini?", "Assalamualaikum, hari Sabtu tokonya buka jam berapa?"},
			helps: []string{"buka", "tutup", "jam", "pukul", "libur", "0"},
			again: []string{"Jam bukanya kak?", "Maaf kak, jadi buka jam berapa?"},
		},
	}
	pesanID = scene{
		{
			say:   []string{"Kak mau order sambal roa 2 botol 🙏", "Halo, saya mau pesan sambal roa 2 sama keripik singkong 3 ya"},
			helps: []string{"baik", "siap", "oke", "ok", "bisa", "total", "rp", "catat", "proses", "0"},
			again: []string{"Bisa dipesan sekarang kak?", "Jadi totalnya berapa kak?"},
		},
		{
			say:   []string{"Saya transfer ke rekening mana ya kak?", "Bisa bayar pakai QRIS?"},
			helps: []string{"bca", "bri", "mandiri", "qris", "rekening", "rek", "transfer", "bisa", "0"},
			again: []string{"Boleh minta nomor rekeningnya kak?"},
		},
		{
			say:   []string{"Sudah saya transfer ya kak, mohon dicek", "Done kak, sudah dibayar ✅"},
			helps: nil,
		},
	}
	terlambatID = scene{
		{
			say:   []string{"Kak, pesanan saya kok belum sampai ya? Sudah 5 hari", "Halo, paket saya belum datang juga, padahal katanya 2 hari"},
			helps: []string{"maaf", "cek", "resi", "kurir", "kirim", "jne", "j&t", "sicepat", "besok", "hari"},
			again: []string{"Tolong dicek dulu ya kak, saya butuh cepat 😔", "Bisa minta nomor resinya?"},
		},
		{
			say:   []string{"Kira-kira sampainya kapan ya?", "Oke kak, tolong dikabari kalau sudah ada info ya"},
			helps: nil,
		},
	}
	rusakID = scene{
		{
			say:   []string{"Kak, barang yang saya terima pecah botolnya 😭", "Saya kecewa, tas anyaman yang datang warnanya salah"},
			helps: []string{"maaf", "ganti", "refund", "retur", "foto", "tukar", "cek"},
			again: []string{"Terus bagaimana ini kak? Bisa diganti?"},
		},
		{
			say:   []string{"Baik, jadi saya dikirim penggantinya ya kak?", "Oke, ongkir returnya ditanggung siapa kak?"},
			helps: nil,
		},
	}
	grosirID = scene{
		{
			say:   []string{"Kak kalau ambil grosir 50 pcs dapat harga berapa?", "Mau tanya, ada harga reseller untuk keripik singkong?"},
			helps: []string{"rp", "harga", "diskon", "grosir", "reseller", "ribu", "minimal", "0"},
			again: []string{"Untuk jumlah banyak ada diskon kak?"},
		},
		{
			say:   []string{"Boleh dikirim daftar harganya kak?", "Minimal ordernya berapa kak?"},
			helps: nil,
		},
	}
)

var indonesian = vocabulary{
	nudge:  []string{"Halo kak? 🙏", "Kak?", "Masih online kak?", "Permisi kak, mohon dibalas ya"},
	thanks: []string{"Oke, terima kasih banyak ya kak 🙏", "Siap kak, makasih infonya!", "Baik, terima kasih", "Mantap, makasih kak 😊"},
	close:  []string{"Sama-sama kak 🙏", "👍", "Siap kak", "😊"},
	giveUp: []string{"Baik kak, saya tunggu infonya ya", "Oke nanti saya tanya lagi ya kak", "Ya sudah, makasih kak"},
	questions: []question{
		{[]string{"alamat", "dikirim", "kirim"}, []string{"Jl. Cihampelas No. 112, Bandung 40131", "Ke Jl. Diponegoro 45, Bandung ya kak"}},
		{[]string{"nama"}, []string{"Atas nama saya sendiri kak", "Pakai nama di WA ini saja kak"}},
		{[]string{"berapa", "jumlah"}, []string{"2 saja dulu kak", "Satu saja kak"}},
		{[]string{"ukuran", "warna", "varian", "rasa"}, []string{"Yang original saja kak", "Yang hitam ya kak"}},
		{[]string{"pesanan", "invoice", "resi", "order"}, []string{"Nomornya INV-20931 kak", "INV-20877 ya kak"}},
		{[]string{"foto"}, []string{"Sebentar kak saya fotokan dulu", "Nanti saya kirim fotonya ya"}},
	},
}
