package installer

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

// set puts a value into a request at a path, such as offer.lines.0.quantity.
func set(in map[string]any, path string, value any) {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		in[name] = value
		return
	}
	if name == "offer" {
		offer, ok := in["offer"].(map[string]any)
		if !ok {
			offer = map[string]any{"lines": []any{map[string]any{"name": "x", "quantity": 1, "payerUnitAmount": 100}}}
			in["offer"] = offer
		}
		if field, isLine := strings.CutPrefix(rest, "lines.0."); isLine {
			set(offer["lines"].([]any)[0].(map[string]any), field, value)
			return
		}
		set(offer, rest, value)
		return
	}
	item, first := map[string]any{}, strings.HasPrefix(rest, "0.")
	for field, good := range map[string]map[string]any{"customFields": {"customId": "a", "value": "b"}, "actorAssignments": {"actorSlug": "a", "organizationId": namedOrganization}}[name] {
		item[field] = good
	}
	if first {
		set(item, strings.TrimPrefix(rest, "0."), value)
		in[name] = []any{item}
		return
	}
	in[name] = []any{value}
}

// TestFieldRules tries each field at its bounds and beyond. Of what is refused
// the path is reported, in a whole sentence, and nothing is stored.
func TestFieldRules(t *testing.T) {
	w := newWorld(t)
	w.Key("test", router, Source, auth.ModeTest, Permissions()...)
	long := func(n int) string { return strings.Repeat("å", n) }
	uuids := func(n int) []any {
		all := make([]any, n)
		for i := range all {
			all[i] = namedOrganization
		}
		return all
	}
	texts := func(most int) []any { return []any{long(most + 1), 1, true, []any{}, "a\nb", "a\x00b", "\ufffe"} }
	amounts := []any{json.Number("1990.5"), json.Number("-1e0"), json.Number("1E400"), -1, "-1", maxAmount + 1, "2147483648", 1.5, "1.5", "1000,00", "", " 1", "1e3", "+1", "0x1", true, []any{}, "99999999999999999999", "-0", "١"}
	for path, c := range map[string]struct{ good, bad []any }{
		"email":                             {[]any{"kåre@blåbær.no", "a+b@c.example.com"}, append(texts(254), "", "ola", "ola@nordmann", "Ola <ola@nordmann.no>", "a@b.no, c@d.no", "[email protected]")},
		"phoneNumber":                       {[]any{"+4799900111", "999 00 111", "99900111", "+46 8 123 456 78", "004799900111", "(+47) 999-00-111", "99900111 ext 5", "tel:+4799900111", "٩٩٩٠٠١١١", "+4759000000", "+47\u00a0999\u00a000\u2011111"}, append(texts(80), "", " ", "112", "+47", "+4712345", "+4712345678", "999001", "+999 12345678", "+4799900111+4799900111", "99\u202f900111", "99900111 or 99900112", 99900111)},
		"contactPersonName":                 {[]any{long(255), "A"}, append(texts(255), "", " ")},
		"address":                           {[]any{long(255)}, append(texts(255), "", "\t")},
		"city":                              {[]any{long(100)}, append(texts(100), "")},
		"postalCode":                        {[]any{"0001", long(20)}, append(texts(20), "")},
		"countryCode":                       {[]any{"NO", "AX", "SJ"}, []any{"", "no", "No", "XX", "UK", "EU", "AN", "XK", "NOR", "N", " NO", "N O", 47, nil}},
		"name":                              {[]any{"", long(255), nil}, texts(255)},
		"workplace":                         {[]any{"", long(255)}, texts(255)},
		"description":                       {[]any{"", "a\r\n\tb", long(20_000), map[string]any{}, []any{}, nil}, []any{long(20_001), 1, true, []any{"a"}, "a\x00b"}},
		"latitude":                          {[]any{90, -90, 59.0, 0}, []any{90.1, -91, "59.0", true, []any{}}},
		"longitude":                         {[]any{180, -180}, []any{180.01, 1e300, "x"}},
		"fileIds":                           {[]any{uuids(100), []any{}, map[string]any{}}, []any{uuids(101), "x", map[string]any{"0": namedOrganization}}},
		"fileIds.0":                         {[]any{strings.ToUpper(namedOrganization)}, []any{"uuid", "", 1, nil, "{" + namedOrganization + "}", strings.ReplaceAll(namedOrganization, "-", "")}},
		"orderTagIds.0":                     {[]any{namedOrganization}, []any{"uuid", nil}},
		"metadata":                          {[]any{map[string]any{}, map[string]any{"a": []any{1, nil}}, []any{}}, []any{"x", 1, []any{1}, []any{[]any{}}, true}},
		"workflowId":                        {[]any{namedOrganization}, []any{"", "uuid", 1}},
		"workflowCustomId":                  {[]any{"x", long(255)}, append(texts(255), "")},
		"customFields.0":                    {nil, []any{"x", 1, nil}},
		"customFields.0.customId":           {[]any{"x"}, append(texts(255), "", nil)},
		"customFields.0.value":              {[]any{"", "a\nb", true, false}, []any{1, nil, []any{}, map[string]any{}, "a\x00b"}},
		"idempotencyKey":                    {[]any{"", long(70), "a b", "BG-7K3QX", "bg-7K3QX-9M2TR", "BG-7K3QX-9M2TU", "12345-67890"}, append(texts(70), " a", "a ", " ", "k-1\u200b", "\ufeffk-1", "k\u00ad1", "BG-7K3QX-9M2TR")},
		"actorAssignments.0":                {nil, []any{"x", nil}},
		"actorAssignments.0.actorSlug":      {[]any{"x"}, append(texts(255), "", nil)},
		"actorAssignments.0.organizationId": {[]any{namedOrganization}, []any{"example-uuid", "", nil, 1}},
		"offer":                             {[]any{map[string]any{}, map[string]any{"lines": []any{}}, []any{}}, []any{"x", 1, []any{1}}},
		"offer.name":                        {[]any{"", "x"}, texts(255)},
		"offer.payer":                       {[]any{"client", "operator", nil}, []any{"", "Client", "router", 1}},
		"offer.lines":                       {[]any{[]any{}, map[string]any{}, nil}, []any{"x", map[string]any{"0": nil}, make([]any, 501)}},
		"offer.lines.0.productId":           {[]any{namedOrganization}, []any{"uuid", ""}},
		"offer.lines.0.externalId":          {[]any{"", long(255)}, texts(255)},
		"offer.lines.0.imageUrl":            {[]any{"string", long(2000)}, texts(2000)},
		"offer.lines.0.name":                {[]any{long(255)}, append(texts(255), "", nil)},
		"offer.lines.0.description":         {[]any{"", "a\nb"}, []any{long(20_001), 1, "\x00"}},
		"offer.lines.0.quantity":            {[]any{1, 1_000_000, json.Number("2.0"), json.Number("1E+6"), json.Number("30e-1"), json.Number("2.9999999999999996")}, []any{0, -1, 1_000_001, 1.5, "1", "1.0", nil, true, 1e300, json.Number("1e-400"), json.Number("1E999999999"), json.Number("2.9999")}},
		"offer.lines.0.currencyCode":        {[]any{"NOK", "SEK", "JPY"}, []any{"", "nok", "KR", "XXX", "QQQ", 578}},
		"offer.lines.0.isTaxInclusive":      {[]any{true, false, nil}, []any{"true", 1, "boolean"}},
		"offer.lines.0.isPaid":              {[]any{true}, []any{"false", 0}},
		"offer.lines.0.vatRate":             {[]any{0, "2500", 10_000, json.Number("2.5E3"), json.Number("2500.0000000000005")}, []any{10_001, -1, "25%", 25.5, "25.00", json.Number("1e5")}},
		"offer.lines.0.payerUnitAmount":     {[]any{0, "0", "100000", maxAmount, "007", json.Number("1.0E+5"), json.Number("199000.00000000003"), json.Number("-0.0")}, amounts},
		"offer.lines.0.discountUnitAmount":  {[]any{0, 100, "100"}, append([]any{101}, amounts...)},
		"offer.lines.0.discountSourceType":  {[]any{"", "campaign"}, texts(255)},
		"offer.lines.0.installerPayoutUnitAmount": {[]any{0, "50000"}, amounts},
	} {
		for _, value := range c.good {
			if a := w.post("test", func(in map[string]any) { set(in, path, value) }); a.status != http.StatusCreated && a.Code != "duplicate-number" {
				t.Errorf("%s %.80v is refused: %.300s", path, value, a.raw)
			}
		}
		for _, value := range c.bad {
			a := w.post("good", func(in map[string]any) { set(in, path, value) })
			if a.status != http.StatusBadRequest || a.StatusCode != a.status || a.Error != "Bad Request" || len(a.Details) == 0 || !strings.HasPrefix(a.Details[0].Path, path) || !strings.HasSuffix(a.Details[0].Message, ".") {
				t.Errorf("%s %.80v: %d %.300s", path, value, a.status, a.raw)
			}
		}
	}
	if n := w.count(Source); n != 0 {
		t.Errorf("%d orders are stored of what was refused", n)
	}
}

// TestAllBadFieldsAreReported sends many at once, and fields that contradict each
// other.
func TestAllBadFieldsAreReported(t *testing.T) {
	w := newWorld(t)
	if a := w.send("good", http.MethodPost, ordersPath, "{}"); a.paths() != "countryCode address city postalCode email phoneNumber contactPersonName" {
		t.Errorf("of nothing: %s", a.raw)
	}
	a := w.post("good", func(in map[string]any) {
		in["countryCode"], in["phoneNumber"], in["metadata"] = "no", "99900111", "x"
		in["customFields"] = []any{map[string]any{"value": "a"}, map[string]any{"customId": "a", "id": namedOrganization, "value": true}}
		in["offer"] = map[string]any{"payer": "me", "lines": []any{map[string]any{"quantity": 1}, map[string]any{"name": "x", "payerUnitAmount": "10,00"}}}
	})
	const want = "countryCode phoneNumber metadata customFields.0.customId customFields.1.customId offer.payer offer.lines.0.name offer.lines.1.payerUnitAmount offer.lines.1.quantity"
	if a.status != http.StatusBadRequest || a.paths() != want || !strings.Contains(a.Details[0].Message, "NO") {
		t.Errorf("%s", a.raw)
	}
	if n := w.count(Source); n != 0 {
		t.Errorf("%d orders are stored", n)
	}
}
