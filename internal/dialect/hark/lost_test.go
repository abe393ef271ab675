package hark

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

// TestWhatIsLost writes a shipped order as EDItX and HAL: what doc.go says that
// they do not carry is in neither, and the recipient's address is in both.
func TestWhatIsLost(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", func(in, _, address map[string]any) {
		in["webhookCallbackUrl"], address["addressLine2"] = "https://callback.example.com/secret", "Etasje 2"
	}).OrderID
	check(t, w.mark(id, order.Fulfilled, parcel()))
	o, err := w.Exchange.Order(t.Context(), seller, w.core(strom, id).ID)
	check(t, err)
	var written bytes.Buffer
	check(t, editx.Encode(&written, &o))
	written.Write(hal.AppendOrder(nil, &o, hal.Surface{Base: "https://x", Orders: "/orders", Zone: time.UTC}))
	text, err := os.ReadFile("doc.go")
	check(t, err)
	for name, value := range map[string]string{
		"subscriptionType": "PERSONAL", "webhookCallbackUrl": "callback.example.com", "deviceId": parcel()["deviceId"], "trackingLink": "sporing.example.no",
	} {
		if strings.Contains(written.String(), value) {
			t.Errorf("%s is shown to the seller:\n%s", name, written.String())
		}
		if !strings.Contains(string(text), "//   - "+name+"\n") {
			t.Errorf("doc.go does not say that %s is lost", name)
		}
	}
	for _, value := range []string{"Christian Krohgs gate 1", "Etasje 2", "0186", "OSLO", "ola@nordmann.no", "99999999", "Ola Nordmann", "HAN_LTEM", "user_1", id, "HarkDeviceType"} {
		if !strings.Contains(written.String(), value) {
			t.Errorf("%s is missing:\n%s", value, written.String())
		}
	}
	if seconds := o.Header.IssuedAt; len(seconds) != len("20260601T1000Z") {
		t.Errorf("issued at %s", seconds)
	}
}

// TestEDItXIsValid writes orders at the bounds of every field as EDItX that the
// strictest profile takes.
func TestEDItXIsValid(t *testing.T) {
	w := newWorld(t)
	long := func(n int) string { return strings.Repeat("Å", n) }
	for name, change := range map[string]func(in, recipient, address map[string]any){
		"plain": nil,
		"long": func(_, recipient, address map[string]any) {
			recipient["firstName"], recipient["lastName"], recipient["externalUserId"] = long(maxName), long(maxName), long(maxUserID)
			recipient["email"] = strings.Repeat("a", maxEmail-len("@b.no")) + "@b.no"
			address["addressLine1"], address["addressLine2"], address["city"] = long(maxAddress), long(maxAddress), long(maxAddress)
		},
		"odd": func(_, recipient, address map[string]any) {
			recipient["firstName"], recipient["lastName"], recipient["externalUserId"] = `<O'l&a>`, ` "N" `, " a  b "
			address["addressLine1"] = "]]> &amp;"
		},
	} {
		id := w.place("good", change).OrderID
		o := w.core(strom, id)
		var b bytes.Buffer
		check(t, editx.Encode(&b, &o))
		report, err := editx.Check(b.Bytes(), editx.Strict)
		if err != nil || report.Refused {
			t.Errorf("%s: %v, %+v\n%s", name, err, report, b.String())
		}
	}
}
