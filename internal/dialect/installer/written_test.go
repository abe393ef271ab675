package installer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/bookgate/bookgate/editx"
)

// TestAsPHPWrites: empty arrays of PHP stand for the objects that they would be,
// and are shown as these; numbers with a point or an exponent are shown as the
// whole numbers that they are.
func TestAsPHPWrites(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", func(in map[string]any) {
		in["metadata"], in["description"], in["fileIds"], in["customFields"] = []any{}, []any{}, map[string]any{}, []any{}
		in["offer"] = map[string]any{"lines": []any{map[string]any{"name": "Cable", "quantity": json.Number("2.0"), "payerUnitAmount": json.Number("1.0E+5"), "vatRate": json.Number("2500.0000000000005"), "discountUnitAmount": nil}}}
	})
	var shown struct{ Metadata, Description, FileIDs, CustomFields json.RawMessage }
	a := w.look("good", id)
	check(t, json.Unmarshal([]byte(a.raw), &shown))
	if string(shown.Metadata) != "{}" || string(shown.Description) != "{}" || string(shown.FileIDs) != "[]" || string(shown.CustomFields) != "[]" {
		t.Errorf("%s", a.raw)
	}
	for _, want := range []string{`"quantity":2,`, `"payerUnitAmount":100000`, `"vatRate":2500,`, `"payerTotalAmount":200000`, `"payerTotalVatAmount":50000`} {
		if !bytes.Contains([]byte(a.raw), []byte(want)) {
			t.Errorf("%s: %s", want, a.raw)
		}
	}
	if a := w.send("good", http.MethodPost, ordersPath, " [ ] "); a.status != http.StatusBadRequest || a.paths() != "countryCode address city postalCode email phoneNumber contactPersonName" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// TestPhonesAreShownAsGiven: a number is judged by its digits and handed on as
// its sender wrote it, in documents that can be taken in again.
func TestPhonesAreShownAsGiven(t *testing.T) {
	w := newWorld(t)
	for _, number := range []string{"+47\u00a0999\u00a000\u2011111 ext. 5", "٩٩٩٠٠١١١", "＋４７ 99900111", "tel:+4799900111;ext=7"} {
		id := w.place("good", func(in map[string]any) { in["phoneNumber"] = number })
		var shown struct{ PhoneNumber string }
		check(t, json.Unmarshal([]byte(w.look("good", id).raw), &shown))
		o := w.core(id)
		var document bytes.Buffer
		check(t, editx.Encode(&document, &o))
		if _, _, err := editx.DecodeAs(document.Bytes(), editx.Strict); err != nil || shown.PhoneNumber != number || !bytes.Contains(document.Bytes(), []byte(number)) {
			t.Errorf("%q is shown as %q, %v: %s", number, shown.PhoneNumber, err, document.Bytes())
		}
	}
}
