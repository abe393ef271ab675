package montly

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
)

// coupon is an item that takes 500 kronor off, at 25 per cent VAT.
func coupon(change func(item map[string]any)) map[string]any {
	item := map[string]any{"name": "Coupon SUMMER", "productId": "summer", "quantity": 1, "unitAmount": -50_000, "totalAmount": -50_000, "VAT": -12_500}
	if change != nil {
		change(item)
	}
	return item
}

// discounted is an order of which a coupon was taken off, and whose sums hold.
func discounted(number string, item map[string]any) map[string]any {
	return request(number, func(o map[string]any) {
		o["items"] = append(o["items"].([]any), item)
		o["totalAmount"], o["VAT"] = 1_010_000-50_000, 252_500-12_500
	})
}

// TestDiscountLines takes a coupon in each of the forms in which shops write
// one, with sums that hold where these are asked for, and hands it on as a line
// with a price below 0.
func TestDiscountLines(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StrictSums = true })
	for name, change := range map[string]func(item map[string]any){
		"an amount below 0":  nil,
		"a quantity below 0": func(i map[string]any) { i["quantity"], i["unitAmount"] = -1, 50_000 },
		"several":            func(i map[string]any) { i["quantity"], i["unitAmount"] = 2, -25_000 },
		"several below 0":    func(i map[string]any) { i["quantity"], i["unitAmount"] = -2, 25_000 },
		"floats": func(i map[string]any) {
			i["unitAmount"], i["totalAmount"] = json.Number("-5E4"), json.Number("-50000.0")
		},
		"texts": func(i map[string]any) { i["unitAmount"], i["quantity"] = "-50000", "1" },
	} {
		number := strings.ReplaceAll(name, " ", "-")
		a := w.call("good", http.MethodPost, "/v1/orders", discounted(number, coupon(change)))
		if a.status != http.StatusCreated || !strings.Contains(a.raw, `"monthlyAmount":48000`) {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
			continue
		}
		o := w.core("good", number)
		last := o.Lines[len(o.Lines)-1]
		price := last.Detail.Pricing[0].Price.Amount
		if last.Quantity < 1 || last.Quantity*price.Units != -50_000 || o.Attributes[attrSums] != "" {
			t.Errorf("%s: %d at %s, sums %q", name, last.Quantity, price, o.Attributes[attrSums])
		}
		var document bytes.Buffer
		check(t, editx.Encode(&document, &o))
		if !strings.Contains(document.String(), "<MonetaryAmount>"+price.String()+"</MonetaryAmount>") {
			t.Errorf("%s: %s", name, document.String())
		}
		if _, _, err := editx.DecodeAs(document.Bytes(), editx.Strict); err != nil {
			t.Errorf("%s: what is handed on cannot be taken in: %v", name, err)
		}
	}
}

func TestDiscountLineRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StrictSums = true })
	for name, c := range map[string]struct {
		change func(item map[string]any)
		fields string
	}{
		"twice below 0":           {func(i map[string]any) { i["quantity"] = -1 }, "items.2.quantity"},
		"none":                    {func(i map[string]any) { i["quantity"] = 0 }, "items.2.quantity"},
		"a sum that is added":     {func(i map[string]any) { i["totalAmount"] = 50_000 }, "items.2.totalAmount"},
		"VAT that is added":       {func(i map[string]any) { i["VAT"] = 12_500 }, "items.2.VAT"},
		"a sum without an amount": {func(i map[string]any) { i["unitAmount"] = 0 }, "items.2.totalAmount items.2.VAT"},
		"a sum that is wrong":     {func(i map[string]any) { i["unitAmount"] = -40_000 }, "items.2.totalAmount"},
		"half a copy":             {func(i map[string]any) { i["quantity"] = -0.5 }, "items.2.quantity"},
	} {
		a := w.call("good", http.MethodPost, "/v1/orders", discounted("1", coupon(c.change)))
		if a.status != http.StatusBadRequest || strings.Join(a.fields(), " ") != c.fields {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	below := request("2", func(o map[string]any) { o["totalAmount"] = 590_000; o["items"] = []any{coupon(nil)} })
	if a := w.call("good", http.MethodPost, "/v1/orders", below); strings.Join(a.fields(), " ") != "totalAmount" {
		t.Errorf("an order below what is leased: %d %s", a.status, a.raw)
	}
}
