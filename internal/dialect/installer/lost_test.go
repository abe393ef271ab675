package installer

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// edited writes an order as EDItX, and wants what the strictest profile takes.
func edited(t *testing.T, name string, o *order.Order) string {
	t.Helper()
	var b bytes.Buffer
	check(t, editx.Encode(&b, o))
	report, err := editx.Check(b.Bytes(), editx.Strict)
	if err != nil || report.Refused {
		t.Errorf("%s: %v, %+v\n%s", name, err, report, b.String())
	}
	return b.String()
}

// TestWhatIsLost writes the documented order as EDItX and HAL for its installer:
// what doc.go says that they do not carry is in neither, and what the work needs
// is in both.
func TestWhatIsLost(t *testing.T) {
	w := newWorld(t)
	a := w.send("good", "POST", ordersPath, file(t, "seed-repaired.json"))
	if a.status != 201 {
		t.Fatal(a.raw)
	}
	check(t, w.Exchange.ProcessPending(t.Context()))
	o, err := w.Exchange.Order(t.Context(), installer, a.ID)
	check(t, err)
	written := edited(t, "seed", &o) + string(hal.AppendOrder(nil, &o, hal.Surface{Base: "https://x", Orders: "/orders", Zone: time.UTC}))
	doc, err := os.ReadFile("doc.go")
	check(t, err)
	for name, value := range map[string]string{
		"workplace": "Workshop", "latitude and longitude": "59.9", "fileIds": "11111111-1111", "orderTagIds": "22222222-2222", "metadata": "meta-value",
		"workflowId and workflowCustomId": "33333333-3333", "customFields": "custom-value", "actorAssignments": "66666666-6666", "offer.name": "offer-name",
		"imageUrl": "https://img", "isPaid": "isPaid", "vatRate": "2500", "discountUnitAmount and discountSourceType": "campaign-key", "installerPayoutUnitAmount": "50000",
		"name, where the offer has lines": "order-name",
	} {
		if !strings.Contains(file(t, "seed-repaired.json"), value) {
			t.Errorf("%s is not in the order, so that nothing is shown", value)
		}
		if strings.Contains(written, value) {
			t.Errorf("%s is shown to the installer:\n%s", name, written)
		}
		if !strings.Contains(string(doc), "//   - "+name+"\n") {
			t.Errorf("doc.go does not say that %s is lost", name)
		}
	}
	if strings.Contains(written, "500.00") || strings.Contains(written, "order-name") {
		t.Errorf("the payout or the name is shown:\n%s", written)
	}
	for _, value := range []string{"Christian Krohgs gate 1", "0365", "Oslo", "NO", "ola@nordmann.no", "+4799900111", "Ola Nordmann", "EV Charger X", "NOK", "800.00",
		"UnitCostIncludingTax", "This is a plain text example.", "your-id", "44444444-4444-4444-8444-444444444444", "<OrderQuantity>2</OrderQuantity>"} {
		if !strings.Contains(written, value) {
			t.Errorf("%s is missing:\n%s", value, written)
		}
	}
}

// TestEDItXIsValid writes orders at the bounds of every field, and odd ones, as
// EDItX that the strictest profile takes.
func TestEDItXIsValid(t *testing.T) {
	w := newWorld(t)
	long := func(n int) string { return strings.Repeat("Å", n) }
	line := func(change func(map[string]any)) map[string]any {
		l := map[string]any{"name": "x", "quantity": 1}
		change(l)
		return l
	}
	firm := order.Party{ID: router, Scheme: order.DefaultScheme, Name: "x"}
	offered := func(lines ...map[string]any) func(map[string]any) {
		return func(in map[string]any) { in["offer"] = map[string]any{"lines": lines} }
	}
	most := func(l map[string]any) {
		l["name"], l["description"], l["externalId"], l["quantity"], l["currencyCode"] = long(maxLine), strings.Repeat("Å\n", maxDescription/2), long(maxLine), maxQuantity, "NOK"
		l["vatRate"], l["payerUnitAmount"], l["discountUnitAmount"], l["isTaxInclusive"] = maxRate, maxAmount, 0, true
	}
	var many []map[string]any
	for i := range maxLines {
		many = append(many, line(func(l map[string]any) { l["externalId"] = fmt.Sprint(i) }))
	}
	for name, change := range map[string]func(map[string]any){
		"plain": nil,
		"long": func(in map[string]any) {
			for _, field := range []string{"name", "workplace", "address", "contactPersonName"} {
				in[field] = long(maxLine)
			}
			in["city"], in["postalCode"], in["idempotencyKey"] = long(maxCity), long(maxPostalCode), long(maxKey)
			in["email"], in["description"] = strings.Repeat("a", 200)+"@"+strings.Repeat("b", 49)+".no", strings.Repeat("Å\n", maxDescription/2)
			offered(line(most), line(most))(in)
		},
		"odd": func(in map[string]any) {
			in["name"], in["contactPersonName"], in["address"] = ` <O'l&a> `, ` "N" ]]> `, "\u2028 &amp; \u00a0x"
			in["description"], in["idempotencyKey"] = " \r\n\t a\rb \u2028 \u0085 ]]> <p>", "a  <b>&'\" \u00e5\u0301"
			in["phoneNumber"] = "+47 (999) 00-111"
			offered(line(func(l map[string]any) { l["name"], l["externalId"], l["description"] = "  &  ", " a  b ", "\n\n" }), line(func(l map[string]any) { l["externalId"] = " " }))(in)
		},
		"blank description": func(in map[string]any) { in["description"] = " \n " },
		"empty name":        func(in map[string]any) { in["name"], in["description"] = "", "first\nsecond" },
		"no lines":          offered(),
		"catalogue":         offered(map[string]any{"productId": namedOrganization, "quantity": 3}),
		"GTIN":              offered(line(func(l map[string]any) { l["externalId"] = "7080000070459" })),
		"GTIN with a slip":  offered(line(func(l map[string]any) { l["externalId"] = "7080000070458" })),
		"ISBN with hyphens": offered(line(func(l map[string]any) { l["externalId"] = "978-82-02-33792-6" })),
		"free of charge":    offered(line(func(l map[string]any) { l["payerUnitAmount"] = 0 })),
		"two currencies": offered(line(func(l map[string]any) { l["payerUnitAmount"], l["currencyCode"] = 1, "NOK" }),
			line(func(l map[string]any) { l["payerUnitAmount"], l["currencyCode"] = 1, "JPY" })),
		"a currency and none": offered(line(func(l map[string]any) { l["payerUnitAmount"], l["currencyCode"] = 1, "NOK" }), line(func(l map[string]any) { l["payerUnitAmount"] = 1 })),
		"many":                offered(many...),
		"client pays":         func(in map[string]any) { in["offer"] = map[string]any{"payer": "client"} },
		"half a character in rich text": func(in map[string]any) {
			in["description"] = map[string]any{"type": "doc", "content": []any{map[string]any{"type": "text", "text": "a\x00b\ufffec"}}}
		},
		"unknown rich text": func(in map[string]any) { in["description"] = map[string]any{"blocks": []any{1}} },
	} {
		o := w.core(w.place("good", change))
		edited(t, name, &o)
	}
	for code := range strings.FieldsSeq(countries) {
		o := toOrder(request{ContactPersonName: "a", Address: "a", CountryCode: code, Email: "a@b.no", PhoneNumber: "1"}, order.NewID(time.Now()), firm, false, time.Now())
		edited(t, code, &o)
	}
	for code := range strings.FieldsSeq(currencies) {
		one := int64(1)
		in := request{ContactPersonName: "a", Address: "a", CountryCode: "NO", Email: "a@b.no", PhoneNumber: "1",
			Offer: &offer{Lines: []offerLine{{Quantity: 1, CurrencyCode: &code, PayerUnitAmount: &one}}}}
		o := toOrder(in, order.NewID(time.Now()), firm, false, time.Now())
		edited(t, code, &o)
	}
}
