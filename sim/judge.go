package sim

// Summary is the judgement over one direction of one chat, or over many.
type Summary struct {
	// Sent is how many different messages the network accepted.
	Sent int `json:"sent"`
	// Received is how many of them the recipient confirmed: a contact by decrypting, an
	// account when any of its companions acknowledged.
	Received int `json:"received"`
	// Missing are accepted and not confirmed (yet).
	Missing int `json:"missing"`
	// Repeated is how many were accepted more than once, Collapsed how many copies the
	// recipients threw away, Duplicates how many texts came again under another id (only
	// of use where the test makes every text different).
	Repeated   int `json:"repeated"`
	Collapsed  int `json:"collapsed"`
	Duplicates int `json:"duplicates"`
	// OutOfOrder is how many were confirmed after one that was accepted later.
	OutOfOrder int `json:"out_of_order"`
	// Refused is how many sends got an error.
	Refused int `json:"refused"`
	// Lost is how many the network itself lost (a fault).
	Lost int `json:"lost"`
}

func (s *Summary) add(o Summary) {
	s.Sent += o.Sent
	s.Received += o.Received
	s.Missing += o.Missing
	s.Repeated += o.Repeated
	s.Collapsed += o.Collapsed
	s.Duplicates += o.Duplicates
	s.OutOfOrder += o.OutOfOrder
	s.Refused += o.Refused
	s.Lost += o.Lost
}

// Summary judges what from sent to to.
func (l *Ledger) Summary(from, to string) Summary { return judge(l.Chat(from, to), from) }

// From sums up everything that a phone number sent.
func (l *Ledger) From(phone string) Summary {
	return l.sum(func(from, to string) bool { return from == phone })
}

// To sums up everything that was sent to a phone number.
func (l *Ledger) To(phone string) Summary {
	return l.sum(func(from, to string) bool { return to == phone })
}

// Total sums up the whole network.
func (l *Ledger) Total() Summary { return l.sum(func(from, to string) bool { return true }) }

func (l *Ledger) sum(want func(from, to string) bool) Summary {
	var s Summary
	for _, c := range l.Chats() {
		entries := l.Chat(c[0], c[1])
		if want(c[0], c[1]) {
			s.add(judge(entries, c[0]))
		}
		if c[0] != c[1] && want(c[1], c[0]) {
			s.add(judge(entries, c[1]))
		}
	}
	return s
}

// judge counts what from sent in one chat, which is in the order of acceptance.
func judge(chat []Entry, from string) Summary {
	var s Summary
	texts := map[string]bool{}
	orders := map[int][]int{}
	for _, e := range chat {
		if e.From != from {
			continue
		}
		s.Refused += e.Refused
		if e.Seq == 0 {
			continue
		}
		s.count(e)
		if e.Text != "" && texts[e.Text] {
			s.Duplicates++
		}
		texts[e.Text] = true
		for _, d := range e.Deliveries {
			if d.Phone == e.To && d.Order != 0 {
				orders[d.Device] = append(orders[d.Device], d.Order)
			}
		}
	}
	for _, o := range orders {
		s.OutOfOrder = max(s.OutOfOrder, inversions(o))
	}
	return s
}

func (s *Summary) count(e Entry) {
	s.Sent++
	if e.Copies > 1 {
		s.Repeated++
	}
	if e.Lost {
		s.Lost++
	}
	received, companions := false, false
	for _, d := range e.Deliveries {
		if d.Phone != e.To {
			continue
		}
		s.Collapsed += d.Collapsed
		companions = companions || d.Device != 0
	}
	for _, d := range e.Deliveries {
		if d.Phone == e.To && d.Order != 0 && (d.Device != 0 || !companions) {
			received = true
		}
	}
	if received {
		s.Received++
	} else {
		s.Missing++
	}
}

// inversions counts the places that are later than a place after them.
func inversions(orders []int) int {
	n, least := 0, 0
	for i := len(orders) - 1; i >= 0; i-- {
		if least != 0 && orders[i] > least {
			n++
		}
		if least == 0 || orders[i] < least {
			least = orders[i]
		}
	}
	return n
}
