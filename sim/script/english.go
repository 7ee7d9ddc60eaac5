package script

var (
	priceEN = scene{
		{
			say:   []string{"Hello! How much is the woven bag, please?", "Hi, what's the price of the large woven bag?"},
			helps: []string{"rp", "price", "idr", "cost", "thousand", "$", "0"},
			again: []string{"Sorry, I meant the price 🙂", "And how much would that be?"},
		},
		{
			say:   []string{"Lovely. Do you ship to Singapore?", "Thanks! And how much is shipping to Bali?"},
			helps: []string{"ship", "yes", "no", "deliver", "rp", "0", "sorry"},
			again: []string{"And the shipping?"},
		},
	}
	stockEN = scene{
		{
			say:   []string{"Hi there, is the Gayo coffee still in stock?", "Hello, do you have Toraja beans at the moment?"},
			helps: []string{"yes", "stock", "available", "have", "sold", "sure", "no", "left"},
			again: []string{"So is it in stock?", "Just checking: do you have it or not?"},
		},
		{
			say:   []string{"Great, could you keep two bags for me?", "Perfect. Whole beans or ground, which do you have?"},
			helps: nil,
		},
	}
	hoursEN = scene{
		{
			say:   []string{"Good morning, are you open on Sunday?", "Hi! What time do you close today?"},
			helps: []string{"open", "close", "am", "pm", "yes", "no", "until", "0"},
			again: []string{"So what are your opening hours?"},
		},
	}
	orderEN = scene{
		{
			say:   []string{"Hi, I'd like to order 2 jars of roa sambal please", "Hello, can I order 3 packs of cassava chips?"},
			helps: []string{"sure", "yes", "ok", "total", "rp", "great", "order", "certainly", "0"},
			again: []string{"Can I place the order here?", "What would the total be?"},
		},
		{
			say:   []string{"Can I pay by card?", "Where should I transfer the money to?"},
			helps: []string{"bank", "card", "yes", "transfer", "account", "qris", "no", "sorry", "0"},
			again: []string{"How can I pay?"},
		},
		{
			say:   []string{"Done, I've just paid ✅", "Transferred, could you check please?"},
			helps: nil,
		},
	}
	lateEN = scene{
		{
			say:   []string{"Hi, my order still hasn't arrived. It's been a week 😕", "Hello, where is my parcel? It was due on Monday"},
			helps: []string{"sorry", "check", "tracking", "courier", "tomorrow", "ship", "apolog", "day"},
			again: []string{"Could you please look into it?", "Do you have a tracking number?"},
		},
		{
			say:   []string{"Okay. When do you think it will be here?", "Alright, please keep me posted"},
			helps: nil,
		},
	}
)

var english = vocabulary{
	nudge:  []string{"Hello? Anyone there?", "Hi, just checking in 🙂", "Are you there?"},
	thanks: []string{"Thank you so much!", "Perfect, thanks for the quick reply 🙏", "Great, thanks!", "Brilliant, thank you 😊"},
	close:  []string{"You're welcome!", "👍", "Cheers", "😊"},
	giveUp: []string{"No worries, I'll ask again later", "Okay, please let me know when you can", "Alright, thanks anyway"},
	questions: []question{
		{[]string{"address", "where", "deliver"}, []string{"Jl. Raya Ubud 18, Gianyar, Bali 80571", "12 Jl. Kemang Raya, Jakarta 12730"}},
		{[]string{"name"}, []string{"Just use my name here", "My name is fine, same as on WhatsApp"}},
		{[]string{"many", "quantity"}, []string{"Two, please", "Just one for now"}},
		{[]string{"size", "colour", "color", "kind", "whole", "ground"}, []string{"The original one, please", "Black if you have it"}},
		{[]string{"order", "invoice", "number"}, []string{"It's INV-20915", "Order number INV-20860"}},
		{[]string{"photo", "picture"}, []string{"One second, I'll take a photo", "I'll send one later today"}},
	},
}
