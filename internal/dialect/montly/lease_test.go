package montly

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// read reads a request as it comes over the wire.
func read(t testing.TB, change func(o map[string]any), c terms) (*lease, []badField) {
	t.Helper()
	b, err := json.Marshal(request("1001", change))
	check(t, err)
	in, err := parse(b)
	check(t, err)
	if c.table == nil {
		c.table = DefaultTable()
	}
	return readLease(in, c)
}

// TestFields changes one field of a good request at a time.
func TestFields(t *testing.T) {
	long, longest := strings.Repeat("å", maxText+1), strings.Repeat("å", maxText)
	const taken, null = "", "notNull"
	for _, c := range []struct {
		field string
		value any
		want  string // beginning of the message, null for the literal one, taken for none
	}{
		{"orderId", nil, null}, {"orderId", "", "A value"}, {"orderId", "  ", "A value"}, {"orderId", 1001, taken}, {"orderId", json.Number("10010000000000000000000001"), taken},
		{"orderId", json.Number("1E400"), "At most 255"}, {"orderId", json.Number("1E999999999"), "At most 255"}, {"orderId", longest, taken}, {"orderId", long, "At most 255"}, {"orderId", true, "A text"}, {"orderId", []any{}, "A text"}, {"orderId", "2026/17", taken},
		{"orderId", "../17", "An id"}, {"orderId", "a//b", "An id"}, {"orderId", "/a", "An id"}, {"orderId", "a/", "An id"}, {"orderId", "a\nb", "An id"}, {"orderId", `a\b`, "An id"}, {"orderId", " a", "An id"}, {"orderId", "2026-1\u200b", "An id without the character U+200B"}, {"orderId", "\u202a2026-1", "An id without the character U+202A"}, {"orderId", "2026\u00ad1", "An id without the character U+00AD"}, {"orderId", "\ufeff2026-1", "An id without the character U+FEFF"}, {"orderId", "a b?c#d%2f", taken},
		{"firstName", nil, null}, {"firstName", long, "At most 255"}, {"firstName", longest, taken}, {"firstName", 7, "A text"}, {"lastName", nil, null}, {"lastName", "", "A value"},
		{"company", nil, null}, {"company", "A\x00B", "A control"}, {"company", "A\tB", taken}, {"phone", nil, null}, {"phone", "+46 8 123", taken}, {"phone", 46, "A text"},
		{"orgNumber", nil, null}, {"orgNumber", "000000-0000", "A valid organisation number is required e.g. xxxxxx-xxxx on orgNumber"}, {"orgNumber", "5590894308", taken}, {"orgNumber", 5590894308, taken}, {"orgNumber", "x", "A valid organisation"}, {"orgNumber", "", "A value"},
		{"email", nil, null}, {"email", "hello", "A valid email"}, {"email", "a@b", "A valid email"}, {"email", "A <a@b.se>", "A valid email"}, {"email", "a@b.se, c@d.se", "A valid email"}, {"email", "å@ö.se", taken}, {"email", "info@räksmörgås.example", taken}, {"authorizedSignatory", "info@räksmörgås.example", taken}, {"email", "å@-ö-.se", "A valid email"}, {"email", "a@xn--nda.se", taken}, {"email", " a@b.se ", taken}, {"email", "a@b.se\r\nBcc: x@y.se", "A valid email"},
		{"authorizedSignatory", "boss@montly.com", taken}, {"authorizedSignatory", "", taken}, {"authorizedSignatory", "boss", "A valid email"}, {"authorizedSignatory", 5, "A text"},
		{"customerIp", nil, null}, {"customerIp", "::1", taken}, {"customerIp", "2001:db8::1", taken}, {"customerIp", "131.168.20", "A valid IP"}, {"customerIp", "fe80::1%eth0", "A valid IP"}, {"customerIp", "131.168.20.70:80", "A valid IP"},
		{"totalAmount", nil, null}, {"totalAmount", 599_999, "The minimum is 600000"}, {"totalAmount", 600_000, taken}, {"totalAmount", 0, "The minimum"}, {"totalAmount", -1, "The minimum"}, {"totalAmount", maxAmount, taken}, {"totalAmount", maxAmount + 1, "The maximum"},
		{"totalAmount", "600000", taken}, {"totalAmount", json.Number("600000.0"), taken}, {"totalAmount", 600_000.5, "A whole"}, {"totalAmount", json.Number("6e5"), taken}, {"totalAmount", json.Number("6.0000000000000001E+5"), taken}, {"totalAmount", json.Number("600000.00000000012"), taken}, {"totalAmount", json.Number("600000.01"), "A whole"}, {"totalAmount", "6e5", "A whole"}, {"totalAmount", json.Number("1e-400"), "A whole"}, {"totalAmount", json.Number("1e999999999"), "A whole"}, {"totalAmount", strings.Repeat("9", 40), "A whole"}, {"totalAmount", "6000 kr", "A whole"}, {"totalAmount", true, "A whole"},
		{"VAT", nil, null}, {"VAT", 0, taken}, {"VAT", -1, "The minimum"}, {"shippingAmount", nil, null}, {"shippingAmount", 0, taken}, {"shippingVAT", nil, null}, {"shippingVAT", "0", taken},
		{"currency", nil, null}, {"currency", "sek", taken}, {"currency", "NOK", "Only SEK"}, {"currency", 1, "A text"},
		{"months", nil, null}, {"months", "24", taken}, {"months", 36, "A period that is offered is required, which are 24 months on months"}, {"months", 0, "The minimum"}, {"months", "two", "A whole"}, {"months", 24.5, "A whole"}, {"months", json.Number("2.4E1"), taken}, {"months", json.Number("24.0"), taken},
		{"tariff", nil, null}, {"tariff", 1.1, taken}, {"tariff", "1.1", taken}, {"tariff", "1,1", "A decimal"}, {"tariff", -1, "A decimal"}, {"tariff", json.Number("1e2"), taken}, {"tariff", json.Number("1.1000000000000001"), taken}, {"tariff", "1e2", "A decimal"}, {"tariff", json.Number("1e400"), "A decimal"}, {"tariff", json.Number("-1e-1"), "A decimal"}, {"tariff", 0, taken}, {"tariff", true, "A decimal"},
		{"billing", nil, null}, {"billing", "x", "An object"}, {"billing", []any{"x"}, "An object"}, {"shipping", nil, taken}, {"shipping", []any{}, taken}, {"shipping", "x", "An object"},
		{"customerMessage", nil, taken}, {"customerMessage", "a\r\nb", taken}, {"customerMessage", long, "At most 255"}, {"customerMessage", "\x1b", "A control"},
		{"items", nil, null}, {"items", []any{}, "A list"}, {"items", map[string]any{}, "A list"}, {"items", make([]any, maxItems+1), "A list"}, {"unknown", map[string]any{"a": []any{1}}, taken},
		{"billing.address", nil, null}, {"billing.address", long, "At most 255"}, {"billing.address2", 5, "A text"}, {"billing.city", nil, null}, {"billing.state", "AB", taken}, {"billing.postalCode", nil, null}, {"billing.postalCode", 12345, "A text"},
		{"billing.country", nil, null}, {"billing.country", "se", taken}, {"billing.country", "Sweden", "A country"}, {"billing.country", "XX", "A country"},
		{"items.0.name", nil, null}, {"items.1.name", long, "At most 255"}, {"items.0.productId", nil, null}, {"items.0.productId", 32832849, taken}, {"items.1.quantity", nil, null}, {"items.1.quantity", 0, "The minimum"}, {"items.0.quantity", maxQuantity + 1, "The maximum"}, {"items.0.quantity", 1.5, "A whole"}, {"items.0.quantity", json.Number("1e0"), taken}, {"items.0.quantity", json.Number("1.0"), taken}, {"items.0.quantity", -maxQuantity - 1, "The minimum"},
		{"items.0.unitAmount", nil, null}, {"items.0.unitAmount", 0, taken}, {"items.0.totalAmount", -1, "The minimum is 0"}, {"items.0.VAT", -1, "The minimum is 0"}, {"items.0.unitAmount", -maxAmount - 1, "The minimum"}, {"items.0.totalAmount", nil, null}, {"items.0.VAT", nil, null}, {"items.0.vat", 5, taken}, {"items.0.sku", 17, taken}, {"items.0.sku", long, "At most 255"}, {"items.0.variationId", 17, taken}, {"items.0.serialNumber", true, "A text"}, {"items.0.attributes", []any{"red"}, taken},
	} {
		_, bad := read(t, func(o map[string]any) { set(o, c.field, c.value) }, terms{})
		switch {
		case c.want == taken && len(bad) > 0, c.want != taken && (len(bad) != 1 || bad[0].Field != c.field || !strings.HasSuffix(bad[0].Message, " on "+c.field)):
			t.Errorf("%s = %.60v: %+v, want %q", c.field, c.value, bad, c.want)
		case c.want == null && bad[0] != (badField{"notNull Violation", c.field + " cannot be null on " + c.field, c.field}):
			t.Errorf("%s is missing: %+v", c.field, bad)
		case c.want != taken && c.want != null && (!strings.HasPrefix(bad[0].Message, c.want) || bad[0].Title != ""):
			t.Errorf("%s = %.60v: %+v, want %q", c.field, c.value, bad, c.want)
		}
		if c.want == null { // left out is as null
			if _, bad := read(t, func(o map[string]any) { unset(o, c.field) }, terms{}); len(bad) != 1 || bad[0].Title != "notNull Violation" {
				t.Errorf("%s is left out: %+v", c.field, bad)
			}
		}
	}
}

// into returns the object that a dotted field stands in, and its name there.
func into(o map[string]any, field string) (map[string]any, string) {
	parts := strings.Split(field, ".")
	switch parts[0] {
	case "billing":
		if len(parts) > 1 {
			return billing(o), parts[1]
		}
	case "shipping":
		if len(parts) > 1 {
			if o["shipping"] == nil {
				o["shipping"] = map[string]any{}
			}
			return o["shipping"].(map[string]any), parts[1]
		}
	case "items":
		if len(parts) > 1 {
			return itemOf(o, int(parts[1][0]-'0')), parts[2]
		}
	}
	return o, field
}

func set(o map[string]any, field string, value any) {
	in, name := into(o, field)
	in[name] = value
}

func unset(o map[string]any, field string) {
	in, name := into(o, field)
	delete(in, name)
}

// TestNamesCountAsWritten sends vat for VAT: one is missing, the other is left
// unread.
func TestNamesCountAsWritten(t *testing.T) {
	_, bad := read(t, func(o map[string]any) { o["vat"] = o["VAT"]; delete(o, "VAT") }, terms{})
	if len(bad) != 1 || bad[0].Field != "VAT" {
		t.Errorf("%+v", bad)
	}
}

// TestAllBadFieldsAtOnce sends an empty order.
func TestAllBadFieldsAtOnce(t *testing.T) {
	readBody := func(body string) []badField {
		in, err := parse([]byte(body))
		check(t, err)
		_, bad := readLease(in, terms{table: DefaultTable()})
		return bad
	}
	bad := readBody(`{}`)
	var got []string
	for _, b := range bad {
		got = append(got, b.Field)
	}
	want := strings.Fields("orderId firstName lastName company orgNumber email phone customerIp totalAmount VAT shippingAmount shippingVAT currency months tariff billing items")
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	bad = readBody(`{"billing":{},"items":[{},"x"],"shipping":{"country":"Sverige"}}`)
	got = got[:0]
	for _, b := range bad[len(want)-2:] {
		got = append(got, b.Field)
	}
	want = strings.Fields(`billing.address billing.city billing.postalCode billing.country shipping.country
		items.0.name items.0.productId items.0.quantity items.0.unitAmount items.0.totalAmount items.0.VAT items.1`)
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestSoleTraders are let in unless the operator says otherwise.
func TestSoleTraders(t *testing.T) {
	person := func(o map[string]any) { o["orgNumber"] = "811218-9876" }
	if l, bad := read(t, person, terms{}); len(bad) > 0 || l.orgNumber != "811218-9876" {
		t.Errorf("%+v", bad)
	}
	if _, bad := read(t, person, terms{legalOnly: true}); len(bad) != 1 || bad[0].Field != "orgNumber" {
		t.Errorf("%+v", bad)
	}
}

// TestSums compares each sum with its parts.
func TestSums(t *testing.T) {
	for field, value := range map[string]int{"totalAmount": 1010001, "VAT": 0, "shippingAmount": 0, "shippingVAT": 5000, "items.1.totalAmount": 500001, "items.0.quantity": 3, "items.0.VAT": 1} {
		change := func(o map[string]any) { set(o, field, value) }
		l, bad := read(t, change, terms{})
		if len(bad) > 0 || len(l.checkSums()) == 0 {
			t.Errorf("%s: refused %+v, noted %+v", field, bad, l.checkSums())
		}
		if _, bad := read(t, change, terms{sums: true}); len(bad) == 0 || !strings.Contains(bad[0].Message, "does not add up") {
			t.Errorf("%s, strict: %+v", field, bad)
		}
	}
	if l, bad := read(t, nil, terms{sums: true}); len(bad) > 0 || l.checkSums() != nil {
		t.Errorf("the documented order: %+v", bad)
	}
	l, bad := read(t, func(o map[string]any) {
		for i := range 2 {
			set(o, "items."+digits(i)+".quantity", maxQuantity)
			set(o, "items."+digits(i)+".unitAmount", maxAmount)
		}
	}, terms{})
	if len(bad) > 0 || !strings.Contains(sumWarnings(l.checkSums()), "1000000000000000000") {
		t.Errorf("the greatest numbers: %+v, %s", bad, sumWarnings(l.checkSums()))
	}
}

// TestDelivery takes each field that the delivery lacks from the bill.
func TestDelivery(t *testing.T) {
	full := map[string]any{"firstName": "Anna", "lastName": "Ek", "company": "Ek HB", "address": "Ekvägen 1", "address2": "Port B", "city": "Lund", "state": "Skåne", "postalCode": "22100", "country": "dk"}
	second := func(o map[string]any) { billing(o)["address2"], billing(o)["state"] = "Floor 2", "AB" }
	for name, c := range map[string]struct {
		shipping any
		want     postalAddress
		who      string
	}{
		"none":       {nil, postalAddress{"Mystreet 121", "Floor 2", "Stockholm", "AB", "12345", "SE"}, "Montly AB: Matthew Hunter"},
		"all null":   {map[string]any{"address": nil, "country": nil}, postalAddress{"Mystreet 121", "Floor 2", "Stockholm", "AB", "12345", "SE"}, "Montly AB: Matthew Hunter"},
		"all empty":  {map[string]any{"address": "", "company": ""}, postalAddress{"Mystreet 121", "Floor 2", "Stockholm", "AB", "12345", "SE"}, "Montly AB: Matthew Hunter"},
		"full":       {full, postalAddress{"Ekvägen 1", "Port B", "Lund", "Skåne", "22100", "DK"}, "Ek HB: Anna Ek"},
		"one line":   {map[string]any{"address": "Ekvägen 1", "postalCode": "22100"}, postalAddress{"Ekvägen 1", "", "Stockholm", "", "22100", "SE"}, "Montly AB: Matthew Hunter"},
		"first name": {map[string]any{"firstName": "Anna"}, postalAddress{"Mystreet 121", "Floor 2", "Stockholm", "AB", "12345", "SE"}, "Montly AB: Anna Hunter"},
	} {
		l, bad := read(t, func(o map[string]any) { o["shipping"] = c.shipping; second(o) }, terms{})
		if len(bad) > 0 {
			t.Fatalf("%s: %+v", name, bad)
		}
		to := l.receiver()
		if diff := cmp.Diff(c.want.postal(), to.Address); diff != "" || to.Names[0]+": "+to.Contacts[0].Name != c.who {
			t.Errorf("%s: %s: %s\n%s", name, to.Names, to.Contacts[0].Name, diff)
		}
	}
}

// TestJSON refuses what could be read in two ways.
func TestJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"a":2}`: "json-duplicate-key", `{"a":{"b":1,"b":1}}`: "json-duplicate-key", `{"a":1}x`: "json-malformed", `{"a":1}{}`: "json-malformed", `{"a":1,}`: "json-malformed",
		`{"a":[1,]}`: "json-malformed", ``: "json-malformed", `5`: "json-malformed", `"a"`: "json-malformed", `[1]`: "json-malformed", `{"a"`: "json-malformed", "{\"a\":\"\xff\"}": "json-malformed",
		`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`: "json-too-deep", strings.Repeat(`{"a":`, 100_000): "json-too-deep", `{'a':1}`: "json-malformed", `{a:1}`: "json-malformed",
		`{}`: "", `[]`: "", ` {"a":1, "A":2} `: "",
	} {
		if _, err := parse([]byte(body)); codeOf(err) != want {
			t.Errorf("%.40s: %v, want %q", body, err, want)
		}
	}
}

// TestTimes reads a time in each form that has a day.
func TestTimes(t *testing.T) {
	at := time.Date(2017, 7, 20, 13, 37, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"2017-07-20T13:37:00.000Z": at, "2017-07-20T13:37:00+00:00": at, "2017-07-20T15:37:00+02:00": at, "2017-07-20T15:37:00+0200": at, "2017-07-20T15:37:00+02": at, "2017-07-20T13:37Z": at,
		"20170720T133700Z": at, "20170720T1337Z": at, "2017-07-20T13:37:00": at, "2017-07-20t13:37:00z": at, " 2017-07-20T13:37:00Z ": at, "2017-07-20T13:37:00,250Z": at.Add(250 * time.Millisecond),
		"2017-07-20T09:07:00-04:30": at, "2017-07-20": at.Truncate(24 * time.Hour), "20170720": at.Truncate(24 * time.Hour), "2017-07-20T13": at.Add(-37 * time.Minute), "9999-12-31T00:00:00Z": time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %s, %v; want %s", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "now", "1500557820", "2017-13-20", "2017-02-30T00:00:00Z", "20.07.2017", "2017-07-20T25:00:00Z", "2017-W29-4", "13:37", "2017-07-20T13:37:00 CEST", "9999-12-31T23:59:59-12:00", "2017-07-20 13:37:00+0x"} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%q is %s", s, got)
		}
	}
}
