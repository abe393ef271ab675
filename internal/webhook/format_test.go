package webhook

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sampleDelivery is of a line that was answered.
func sampleDelivery() Delivery {
	return Delivery{ID: "msg_01a1fdd5-d18c-7b0e-9da3-7b0e41c53493", Type: OrderLineStatus, Event: Event{
		Change: 17, Epoch: "k3v9x2ab", Order: "01a1fdd5-d18c-7b0e-9da3-7b0e41c53494", Number: `56a8"æ<&`, Event: 3,
		At: time.Date(2026, 11, 21, 12, 20, 10, 123456000, time.FixedZone("CET", 3600)), Line: 2,
		From: order.Sent, To: order.Received, Role: order.RoleSender,
	}}
}

func TestStandardBody(t *testing.T) {
	whole := sampleDelivery()
	whole.Type, whole.Event.Line, whole.Event.From, whole.Event.Role = OrderSent, 0, order.Unprocessed, order.RoleSender|order.RoleReceiver
	whole.Event.To = order.Sent
	for name, d := range map[string]Delivery{
		"line": sampleDelivery(), "order": whole, "test": {Type: EndpointTest, Event: Event{At: sampleDelivery().Event.At}},
	} {
		got, err := StandardBody("https://orders.example.no", d)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "standard_"+name+".json")
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
}

// TestEveryTrySendsTheSameBytes writes a delivery as its tries do, hours apart:
// only time and signature may differ.
func TestEveryTrySendsTheSameBytes(t *testing.T) {
	task := Task{Delivery: sampleDelivery(), Endpoint: Endpoint{Secret: NewSecret()}}
	first, err := Standard("https://x.example").Write(t.Context(), task, vectorTime())
	if err != nil {
		t.Fatal(err)
	}
	task.Delivery.Attempts, task.Delivery.Due = 7, vectorTime()
	later, err := Standard("https://x.example").Write(t.Context(), task, vectorTime().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if string(first.Body) != string(later.Body) || first.Header.Get(headerID) != later.Header.Get(headerID) {
		t.Errorf("first %s\nlater %s", first.Body, later.Body)
	}
	if first.Header.Get(headerTimestamp) == later.Header.Get(headerTimestamp) || first.Header.Get(headerSignature) == later.Header.Get(headerSignature) {
		t.Error("a later try has the time or the signature of the first")
	}
}
