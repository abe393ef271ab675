package montly

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// TestWhatIsLost writes a signed order as EDItX and HAL: what doc.go says that
// they do not carry is in neither, and what the shop needs is in both together.
func TestWhatIsLost(t *testing.T) {
	w := newWorld(t)
	o := w.place("good", "1001", func(o map[string]any) {
		o["months"], o["tariff"], o["totalAmount"], o["VAT"] = 24, 1.725, 1010077, 252519
		o["authorizedSignatory"], o["customerMessage"] = "boss@signatory.example", "Ring the bell\r\n\r\n at the <back>"
		o["shipping"] = map[string]any{"company": "Lagret AB", "address": "Hamnen 3", "address2": "Port B", "postalCode": "41101", "city": "Göteborg"}
		it := itemOf(o, 0)
		it["serialNumber"], it["attributes"], it["VAT"], it["sku"], it["variationId"] = "SN-77", []any{"Red"}, 123456, "7038010009457", 4711
	})
	w.accept(o)
	w.sign(o)
	o, err := w.Exchange.Order(t.Context(), kontor, o.ID)
	check(t, err)
	var written bytes.Buffer
	check(t, editx.Encode(&written, &o))
	written.Write(hal.AppendOrder(nil, &o, hal.Surface{Base: "https://x", Orders: "/orders", Zone: time.UTC}))
	text, err := os.ReadFile("doc.go")
	check(t, err)
	for name, values := range map[string][]string{
		"totalAmount": {"10100.77", "1010077"}, "VAT of items and of the order": {"1234.56", "123456", "2525.19"}, "months": {">24<"}, "tariff": {"1.725"}, "monthlyAmount": {"50504", "505.04"},
		"customerIp": {"131.168.20.70"}, "authorizedSignatory": {"signatory.example"}, "serialNumber": {"SN-77"}, "attributes": {"Red"},
	} {
		for _, value := range values {
			if strings.Contains(written.String(), value) {
				t.Errorf("%s is written:\n%s", name, written.String())
			}
		}
		if !strings.Contains(string(text), "//   - "+name+"\n") {
			t.Errorf("doc.go does not say that %s is lost", name)
		}
	}
	for _, value := range []string{
		"1001", "559089-4308", "TaxRegistrationNumber", "Montly AB", "Mystreet 121", "12345", "Matthew Hunter", "hello@montly.com", "09 61 64 48 49", "Lagret AB", "Hamnen 3", "Port B", "41101", "Göteborg",
		"Eksempel Finans", "SEK", "2500.00", "UnitCostExcludingTax", "Shiny new phone", "32832849", "7038010009457", "4711", variationType, "Freight", "100.00", "25.00", "Ring the bell", "at the &lt;back&gt;", "Kontor &amp; Co 7045",
	} {
		if !strings.Contains(written.String(), value) {
			t.Errorf("%s is missing:\n%s", value, written.String())
		}
	}
	if o.Attributes[attrMonthly] != "50504" || len(o.Header.IssuedAt) != len("20260601T1000Z") {
		t.Errorf("%v, issued at %s", o.Attributes, o.Header.IssuedAt)
	}
}

// TestMapping reads the core's order field by field.
func TestMapping(t *testing.T) {
	w := newWorld(t)
	o := w.place("good", "1001", nil)
	h := o.Header
	if o.Sender != kontor || o.Buyer != kontor || h.Seller.ID.Value != string(kontor) || !o.OnHold || o.Status != order.Unprocessed || h.Purpose != order.Original || h.Currency != "SEK" {
		t.Errorf("%+v", o)
	}
	if h.Buyer.ID != (order.Identifier{Type: customerNumber, Value: "559089-4308"}) || h.ShipTo.ID != h.Buyer.ID || h.BillTo.Names[0] != "Eksempel Finans" || *o.Summary.Lines != 2 || *o.Summary.Units != 3 {
		t.Errorf("%+v, %+v", h, o.Summary)
	}
	if p := o.Lines[1].Detail.Pricing[0].Price; p.Amount.String() != "5000.00" || p.Currency != "SEK" || p.Qualifier != "UnitCostExcludingTax" || o.Lines[0].Quantity != 2 || o.Lines[1].Number != 2 {
		t.Errorf("%+v", o.Lines)
	}
	free := w.place("good", "1002", func(o map[string]any) { o["shippingAmount"], o["shippingVAT"] = 0, 0 })
	if len(free.Header.Services) != 0 || len(h.Services) != 1 {
		t.Errorf("freight: %+v and %+v", h.Services, free.Header.Services)
	}
}

// TestEDItXIsValid writes orders at the bounds of every field as EDItX that the
// strictest profile takes.
func TestEDItXIsValid(t *testing.T) {
	w := newWorld(t)
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, change := range map[string]func(o map[string]any){
		"plain": nil,
		"long": func(o map[string]any) {
			for _, f := range []string{"firstName", "lastName", "company", "phone", "customerMessage", "billing.address", "billing.address2", "billing.city", "billing.state", "billing.postalCode",
				"shipping.address", "shipping.address2", "shipping.company", "shipping.firstName", "shipping.city", "items.0.name", "items.0.productId", "items.0.sku", "items.0.variationId"} {
				set(o, f, long("Å", maxText))
			}
			set(o, "email", long("a", 254-len("@b.se"))+"@b.se")
			set(o, "totalAmount", maxAmount)
			set(o, "shippingAmount", maxAmount)
			set(o, "items.0.unitAmount", maxAmount)
			set(o, "items.0.quantity", maxQuantity)
		},
		"odd": func(o map[string]any) {
			for _, f := range []string{"firstName", "company", "phone", "customerMessage", "billing.address", "billing.city", "billing.postalCode", "items.0.name", "items.0.productId", "items.0.sku"} {
				set(o, f, "]]> <O'l&amp;a> \t\"N\" \u0085 \u2028 😀 ")
			}
			set(o, "orderId", `<"&'>`)
		},
		"blank": func(o map[string]any) {
			for _, f := range []string{"authorizedSignatory", "customerMessage", "billing.address2", "billing.state", "shipping.address", "shipping.country", "items.0.sku", "items.0.variationId", "items.0.serialNumber"} {
				set(o, f, "")
			}
		},
		"many": func(o map[string]any) {
			var items []any
			for range maxItems {
				items = append(items, map[string]any{"name": "a", "productId": 1, "quantity": 1, "unitAmount": 0, "totalAmount": 0, "VAT": 0})
			}
			o["items"] = items
		},
	} {
		number := "of-" + name
		if name == "odd" {
			number = `<"&'>`
		}
		o := w.place("good", number, change)
		var b bytes.Buffer
		check(t, editx.Encode(&b, &o))
		report, err := editx.Check(b.Bytes(), editx.Strict)
		if err != nil || report.Refused {
			t.Errorf("%s: %v, %+v\n%.3000s", name, err, report, b.String())
		}
		for _, f := range report.Findings {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
