package installer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// endpoint registers an address for a party, as it does itself.
func (w *world) endpoint(party order.PartyID, url string, headers map[string]string) webhook.Endpoint {
	w.T.Helper()
	format, patch := Source, webhook.HeaderPatch{}
	for name, value := range headers {
		patch[name] = &value
	}
	e, err := w.Webhooks.Add(w.T.Context(), party, webhook.EndpointUpdate{URL: &url, Format: &format, Headers: &patch})
	check(w.T, err)
	return e
}

// heard is an event as its receiver reads it.
type heard struct {
	Event, Timestamp, OrganizationID string
	Data                             struct {
		ID                                          order.ID
		DisplayID, CustomerName, Address, CreatedAt string
		Name                                        *string
		Status                                      status
	}
}

// events reads what a receiver got of one order, each as its word and status.
func (r receiver) events(t *testing.T, n int, id order.ID) (words []string) {
	t.Helper()
	for _, request := range r.got(t, n) {
		_, body, _ := strings.Cut(request, "{")
		var h heard
		check(t, json.Unmarshal([]byte("{"+body), &h))
		if h.Data.ID == id {
			words = append(words, fmt.Sprintf("%s %d", h.Event, h.Data.Status))
		}
	}
	return words
}

// TestEvents sends every move of an order once, in their order, with the static
// headers of the endpoint.
func TestEvents(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	to := newReceiver(t, 503)
	w.endpoint(router, to.URL+"/hook", map[string]string{"X-Api-Key": "s3cret"})
	for steps, want := range map[string]string{
		"R1 F1 F2":   "order.created 0,order.dispatched 1,order.assigned 3,order.completed 4",
		"F1 F2 F2":   "order.created 0,order.dispatched 1,order.assigned 3,order.completed 4",
		"R1 N1 N2":   "order.created 0,order.dispatched 1,order.assigned 3,order.updated 5",
		"T1 R2 F2":   "order.created 0,order.dispatched 1,order.updated 1,order.assigned 3,order.completed 4",
		"T":          "order.created 0,order.dispatched 1,order.updated 6,order.updated 6,order.cancelled 6",
		"R1 R2 R1 E": "order.created 0,order.dispatched 1,order.assigned 3,order.updated 3",
	} {
		before := len(to.got(t, 0))
		id := w.place("good", func(in map[string]any) { offering("a", "b")(in); in["name"] = "Charger & co" })
		for step := range strings.FieldsSeq(steps) {
			if step == "E" {
				to.events(t, before+3, id)
				_, err := w.Exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7")
				check(t, err)
				continue
			}
			w.step(t, id, step)
		}
		wanted := strings.Split(want, ",")
		n := before + len(wanted)
		if before == 0 {
			n++ // the first try of the first event fails
		}
		got := slices.Compact(to.events(t, n, id)) // two events of one word stand in different changes
		if !slices.Equal(got, slices.Compact(wanted)) {
			t.Errorf("%s: %v, want %v", steps, got, wanted)
		}
	}
	all := to.got(t, 1)
	if all[0] != all[1] || !strings.HasPrefix(all[0], "POST application/json s3cret {") {
		t.Errorf("tried again with another body, or without the header:\n%s\n%s", all[0], all[1])
	}
}

// TestEventBody compares a body with the documented one, member by member and
// byte by byte.
func TestEventBody(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t)
	w.endpoint(router, to.URL, nil)
	id := w.place("good", func(in map[string]any) { in["name"] = "Charger <1> & \u2028" })
	o := w.core(id)
	want := fmt.Sprintf(`POST application/json  {"event":"order.created","timestamp":"%s","organizationId":"7045","data":{"id":"%s","displayId":"%s","name":"Charger <1> &  ","status":0,"customerName":"Ola Nordmann","address":"Christian Krohgs gate 1","createdAt":"%s"}}`,
		o.Created.Format(time.RFC3339), id, displayID(id), o.Created.Format(time.RFC3339))
	if got := to.got(t, 2); got[0] != want {
		t.Errorf("%s\nwant\n%s", got[0], want)
	}
	nameless := w.place("good", nil)
	if got := to.got(t, 4)[2]; !strings.Contains(got, string(nameless)) || !strings.Contains(got, `"name":null`) {
		t.Errorf("%s", got)
	}
}

// TestEventsOfOthers are not sent: those of other dialects, and to the installer
// those of the router.
func TestEventsOfOthers(t *testing.T) {
	w := newWorld(t)
	w.Key("other", other, Source, auth.ModeLive, Permissions()...)
	to, theirs := newReceiver(t), newReceiver(t)
	e := w.endpoint(router, to.URL, nil)
	w.endpoint(installer, theirs.URL, nil)
	book := order.Order{Source: "boknett", Number: "1", Lines: []order.Line{{Number: 1, Quantity: 1, Products: []order.Identifier{{Type: "SKU", Value: "1"}}}},
		Header: order.Header{Buyer: order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(router)}}}}
	_, err := w.Exchange.Submit(t.Context(), order.Actor{Party: router}, book, order.NewDocument("application/xml", []byte("<Order/>")))
	check(t, err)
	w.place("other", nil)
	id := w.place("good", nil)
	if got := to.events(t, 2, id); len(got) != 2 || len(to.got(t, 2)) != 2 {
		t.Errorf("%v of %v", got, to.got(t, 2))
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		done, err := w.Webhooks.Deliveries(t.Context(), webhook.DeliveryQuery{Party: router, Endpoint: e.ID, State: webhook.Delivered, Limit: 100})
		check(t, err)
		if len(done) >= 3 { // one of another dialect, which was passed over
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d deliveries came to an end", len(done))
		}
	}
	if len(theirs.got(t, 0)) != 0 || len(to.got(t, 2)) != 2 {
		t.Errorf("sent: %v, %v", theirs.got(t, 0), to.got(t, 2))
	}
}

// TestTestEvent tries an endpoint out.
func TestTestEvent(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t)
	e := w.endpoint(router, to.URL, nil)
	_, err := w.Webhooks.Test(t.Context(), router, e.ID)
	check(t, err)
	if got := to.got(t, 1)[0]; !strings.Contains(got, `"event":"order.created"`) || !strings.Contains(got, `"id":"00000000-0000-0000-0000-000000000000"`) || !strings.Contains(got, "A test of this address") {
		t.Errorf("%s", got)
	}
}

// TestEventsAreAsOfThen writes an old event when the order has long gone on.
func TestEventsAreAsOfThen(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", offering("a", "b"))
	for _, step := range []string{"R1", "T1", "F2"} {
		w.step(t, id, step)
	}
	events, err := w.Exchange.History(t.Context(), router, id)
	check(t, err)
	var got []string
	for _, e := range events {
		kind, ok := webhook.TypeOf(e.Kind, e.To)
		if !ok || !eventTypes().Wants(kind) {
			continue
		}
		task := webhook.Task{Endpoint: webhook.Endpoint{Party: router, Format: Source}, Delivery: webhook.Delivery{Party: router, Type: kind, Event: webhook.Event{Order: id, Event: e.Number, At: e.At, From: e.From, To: e.To}}}
		m, err := Format(w.DB).Write(t.Context(), task, time.Now())
		check(t, err)
		var h heard
		check(t, json.Unmarshal(m.Body, &h))
		got = append(got, fmt.Sprintf("%s %d", h.Event, h.Data.Status))
	}
	if want := "order.created 0,order.dispatched 1,order.assigned 3,order.updated 3,order.completed 4"; strings.Join(got, ",") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if f := Format(w.DB); f.Timeout != 5*time.Second || f.Accepted != nil || f.Name != "installer" {
		t.Errorf("%+v", f)
	}
}

// TestSlowReceiver answers later than the 5 seconds that the documents give.
func TestSlowReceiver(t *testing.T) {
	t.Parallel() // it waits
	if testing.Short() {
		t.Skip("waits for five seconds")
	}
	w := newWorld(t)
	release, asked := make(chan struct{}), make(chan time.Time, 9)
	to := newReceiver(t)
	to.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- time.Now()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	e := w.endpoint(router, to.URL, nil)
	w.place("good", nil)
	defer close(release)
	begin := <-asked
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		ds, err := w.Webhooks.Deliveries(ctx, webhook.DeliveryQuery{Party: router, Endpoint: e.ID, Limit: 9})
		cancel()
		check(t, err)
		if oldest := ds[len(ds)-1]; oldest.Attempts > 0 {
			if took := time.Since(begin); took < 4*time.Second || took > 15*time.Second || oldest.State != webhook.Pending {
				t.Errorf("after %s: %+v", took, oldest)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
