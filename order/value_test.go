package order

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for _, s := range []string{"0", "1", "250.15", "-3", "0.05", "-0.50", "30.00", "9223372036854775807", "0.000000001"} {
		d, err := ParseDecimal(s)
		if err != nil || d.String() != s {
			t.Errorf("%s: got %s, %v", s, d, err)
		}
	}
	for s, want := range map[string]string{"+7": "7", ".5": "0.5", "5.": "5", "007.10": "7.10"} {
		if d, err := ParseDecimal(s); err != nil || d.String() != want {
			t.Errorf("%s: got %s, %v, want %s", s, d, err, want)
		}
	}
	for _, s := range []string{"", "-", ".", "1,5", "1e2", "1.2.3", " 1", "1 ", "NaN", "9223372036854775808", "0.0000000001", "--1", "+-1"} {
		if d, err := ParseDecimal(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Decimal{Units: rapid.Int64Range(-1<<62, 1<<62).Draw(t, "units"), Scale: uint8(rapid.IntRange(0, MaxScale).Draw(t, "scale"))}
		got, err := ParseDecimal(d.String())
		if err != nil || got != d {
			t.Fatalf("%+v printed as %s and read as %+v, %v", d, d, got, err)
		}
	})
}

func TestDecimalEqual(t *testing.T) {
	a, b := Decimal{Units: 2500, Scale: 2}, Decimal{Units: 25}
	if !a.Equal(b) || a.Equal(Decimal{Units: 251, Scale: 1}) {
		t.Error("25.00 is 25 and not 25.1")
	}
}

func TestIDs(t *testing.T) {
	now := time.UnixMilli(1795420800123)
	id := NewID(now)
	if got, ok := ParseID(strings.ToUpper(string(id))); !ok || got != id {
		t.Errorf("%s read as %s, %v", id, got, ok)
	}
	if id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) {
		t.Errorf("%s is not a version 7 UUID", id)
	}
	if later := NewID(now.Add(time.Millisecond)); later <= id {
		t.Errorf("%s does not sort behind %s", later, id)
	}
	for _, s := range []string{"", "v1", "c2b972ee-b2ec-11e5-9c35-0050569f579", "c2b972eeb2ec11e59c350050569f5799", "g2b972ee-b2ec-11e5-9c35-0050569f5799", "{2b972ee-b2ec-11e5-9c35-0050569f579}"} {
		if id, ok := ParseID(s); ok {
			t.Errorf("%q was read as %s", s, id)
		}
	}
}

func TestToEAN(t *testing.T) {
	good := map[string]string{
		"9788202337926": "9788202337926", "978-82-02-33792-6": "9788202337926", " 978 82 02 33792 6 ": "9788202337926",
		"8202337925": "9788202337926", "82-02-33792-5": "9788202337926", "097522980X": "9780975229804", "097522980x": "9780975229804",
		"09788202337926": "9788202337926", "036000291452": "0036000291452", "978\u00a08202337926": "9788202337926",
	}
	for s, want := range good {
		if got, ok := ToEAN(s); !ok || got != want {
			t.Errorf("%q: got %q, %v, want %s", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "9788202337927", "978820233792", "19788202337929", "8202337926", "1234567", "97882023379ab", "X202337925"} {
		if got, ok := ToEAN(s); ok {
			t.Errorf("%q was read as %s", s, got)
		}
	}
}

func TestProductPreference(t *testing.T) {
	l := Line{Products: []Identifier{{Type: "Seller", Value: "A-1"}, {Type: "ISBN", Value: "82-02-33792-5"}, {Type: "EAN13", Value: "9788202337926"}}}
	if l.Product().Type != "EAN13" || l.EAN() != "9788202337926" {
		t.Errorf("got %v, %s", l.Product(), l.EAN())
	}
	l.Products = l.Products[:2]
	if l.EAN() != "9788202337926" {
		t.Errorf("an ISBN-10 becomes the EAN; got %s", l.EAN())
	}
	l.Products = []Identifier{{Type: "Proprietary", TypeName: "Own", Value: "X9"}}
	if l.EAN() != "X9" {
		t.Errorf("a line is never without a name; got %q", l.EAN())
	}
}

func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		got := Truncate(s)
		if !utf8.ValidString(got) || len(got) > maxShown+len("…") || strings.ContainsAny(got, "\n\r\x00\x1b") {
			t.Fatalf("%q was cut to %q", s, got)
		}
	})
}

func TestKindsAndCodes(t *testing.T) {
	err := errors.Join(errors.New("outer"), Errorf(Conflict, "line-blocked", "Line %d.", 2))
	if KindOf(err) != Conflict || CodeOf(err) != "line-blocked" {
		t.Errorf("got %v %s", KindOf(err), CodeOf(err))
	}
	if plain := errors.New("disk"); KindOf(plain) != Internal || CodeOf(plain) != "" {
		t.Error("an unclassified error must be Internal and without code")
	}
}

func TestPartyCheck(t *testing.T) {
	good := Party{ID: "7045", Name: "Eksempel", Scheme: "NBSN", Aliases: []Identifier{{Type: "GLN", Value: "7080000070459"}}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for code, spoil := range map[string]func(*Party){
		"party-id":             func(p *Party) { p.ID = "70 45" },
		"party-name":           func(p *Party) { p.Name = " " },
		"party-scheme":         func(p *Party) { p.Scheme = "" },
		"identifier-malformed": func(p *Party) { p.Aliases[0].Value = "" },
	} {
		p := good
		p.Aliases = append([]Identifier(nil), good.Aliases...)
		spoil(&p)
		if err := p.Check(); CodeOf(err) != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func TestParseIdentifier(t *testing.T) {
	id, err := ParseIdentifier("GLN: 7080000070459")
	if err != nil || id.String() != "GLN:7080000070459" {
		t.Errorf("got %v, %v", id, err)
	}
	for _, s := range []string{"", "GLN", ":1", "GLN:", " : "} {
		if _, err := ParseIdentifier(s); CodeOf(err) != "identifier-malformed" {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

func TestRepeats(t *testing.T) {
	first := sentOrder(Received, Rejected)
	first.Header.Buyer = TradeParty{ID: Identifier{Type: "NBSN", Value: "7045"}}
	first.Lines = append(first.Lines, Line{Number: 3, Adjustment: true, Quantity: -1, Status: Requested, Products: first.Lines[0].Products})
	again := func(change func(*Order)) error {
		o := sentOrder(Unprocessed, Unprocessed)
		o.Header = first.Header
		change(&o)
		return o.checkDuplicate(&first)
	}
	same := map[string]func(*Order){
		"the same":          func(*Order) {},
		"said to be a copy": func(o *Order) { o.Header.Purpose = Duplicate },
		"issued again":      func(o *Order) { o.Header.IssuedAt = "20261121T0900" },
	}
	for name, change := range same {
		if err := again(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := map[string]func(*Order){
		"/Order/ItemDetail[2]/OrderQuantity": func(o *Order) { o.Lines[1].Quantity = 7 },
		"/Order/ItemDetail[1]/ProductID":     func(o *Order) { o.Lines[0].Products = []Identifier{{Type: "EAN13", Value: ean2}} },
		"/Order/ItemDetail":                  func(o *Order) { o.Lines = o.Lines[:1] },
		"/Order/ItemDetail[1]":               func(o *Order) { o.Lines[0].Detail.Title = "other" },
		"/Order/Header/PurposeCode":          func(o *Order) { o.Header.Purpose = Test },
		"/Order/Header":                      func(o *Order) { o.Header.Currency = "NOK" },
	}
	for path, change := range other {
		err := again(change)
		var e *Error
		if !errors.As(err, &e) || e.Code != "duplicate-number" || len(e.Fields) == 0 || e.Fields[0].Path != path {
			t.Errorf("%s: got %+v", path, err)
			continue
		}
		if !strings.Contains(e.Detail, string(first.ID)) {
			t.Errorf("%s: %q does not name the first order", path, e.Detail)
		}
	}
}
