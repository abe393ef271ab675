package conformance

import "maps"

// facts are what is said of an order, each under a name; "" is silence.
type facts map[string]string

// purchase is what every client sends: who orders, for whom, to which
// address, what, how many and at what price. What an order gets on its way, its
// number and its states, is added at each step.
func purchase() facts {
	return facts{
		"buyer": string(sender), "BuyerParty": string(sender), "seller": string(seller),
		"name": "Åse Fjæreide", "address": "Christian Krohgs gate 17", "second line": "Oppgang B", "postal code": "0186", "city": "OSLO", "country": "NO",
		"contact": "Åse Fjæreide", "e-mail": "aase@fjaereide.example", "phone": "99900111",
		"product": "HAN_LTEM", "title": "Strømleser med 4G", "quantity": "1", "unit price": "6400.00", "currency": "SEK",
	}
}

// with returns the facts with others over them.
func (f facts) with(others facts) facts {
	all := maps.Clone(f)
	maps.Copy(all, others)
	return all
}

// only returns the facts of the given names.
func (f facts) only(names []string) facts {
	some := facts{}
	for _, name := range names {
		some[name] = f[name]
	}
	return some
}

// personal are the words of an order that may be shown only to its two sides.
func personal() []string {
	p := purchase()
	return []string{p["name"], p["address"], p["e-mail"], p["phone"], "Fjæreide", `Fj\u00e6reide`}
}
