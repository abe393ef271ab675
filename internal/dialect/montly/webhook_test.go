package montly

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// TestVectors signs what the vendor's documents sign.
func TestVectors(t *testing.T) {
	for _, c := range []struct{ t, body, want string }{
		{"9999999", `{"someValue":"theValue"}`, "1859ef0331960965deb16229e8ed3e5b49170bd4a719368a3044e419acb6d0c7"},
		{"1499785732", `{"id":"evt:1","action":"order.accepted","data":{"orderId":"42"}}`, "91befcedf15f32f5a3b30d23231aafe5ca69f2103555627e73a4e2fb22ff31ec"},
	} {
		if got := digest("SECRET", c.t, []byte(c.body)); got != c.want {
			t.Errorf("t=%s: %s, want %s", c.t, got, c.want)
		}
	}
}

// TestSchedule adds the waits up: twelve tries within seven days, each wait
// twice as long as the one before it.
func TestSchedule(t *testing.T) {
	waits := schedule()
	var sum time.Duration
	for k, wait := range waits {
		if sum += wait; k > 0 && (wait-2*waits[k-1]).Abs() > time.Nanosecond {
			t.Errorf("wait %d is %s behind %s", k, wait, waits[k-1])
		}
	}
	if len(waits) != 11 || waits[0].Round(10*time.Millisecond) != 295460*time.Millisecond || sum > 7*24*time.Hour || 7*24*time.Hour-sum > time.Microsecond {
		t.Errorf("%d waits from %s, %s together", len(waits), waits[0], sum)
	}
}

// TestAcceptedBy200Alone answers with other statuses of success.
func TestAcceptedBy200Alone(t *testing.T) {
	for _, f := range Formats(nil) {
		for status := 100; status < 600; status++ {
			if f.Accepted(status) != (status == 200) {
				t.Errorf("%s takes %d", f.Name, status)
			}
		}
	}
}

// callbackBody is a callback as a shop reads it.
type callbackBody struct {
	ID, Type, Action string
	Data             map[string]any
}

// verify reads a callback as a client of the vendor does, and wants both pairs
// of headers and a signature under the key.
func verify(t *testing.T, s dialecttest.Callback, key webhook.Secret) callbackBody {
	t.Helper()
	var got callbackBody
	check(t, json.Unmarshal([]byte(s.Body), &got))
	signature := s.Header.Get("LeaseCloud-Signature")
	stamp, rest, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
	if rest != "v1="+digest(key.Reveal(), stamp, []byte(s.Body)) || s.Header.Get("Montly-Signature") != signature ||
		s.Header.Get("LeaseCloud-Version") != "1.0.0" || s.Header.Get("Montly-Version") != "1.0.0" || s.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %s", s.Header, s.Body)
	}
	if got.Type != got.Action || !regexp.MustCompile(`^evt:[0-9a-f-]{36}$`).MatchString(got.ID) {
		t.Errorf("%s", s.Body)
	}
	return got
}

// events names the events of callbacks with their order and reason.
func events(t *testing.T, came []dialecttest.Callback, key webhook.Secret) string {
	t.Helper()
	var words []string
	for _, s := range came {
		got := verify(t, s, key)
		word := got.Action + " " + got.Data["orderId"].(string)
		if reason, ok := got.Data["reason"]; ok {
			word += " " + reason.(string)
		}
		words = append(words, word)
	}
	return strings.Join(words, "\n")
}

// TestCallbacks shows what happens to orders, once and in their order; of
// shipping and cancelling, and of test orders, nothing is reported.
func TestCallbacks(t *testing.T) {
	w := newWorld(t)
	to, testOrders := newReceiver(t), newReceiver(t)
	live, test := w.listen(to, Source), w.listen(testOrders, order.SourceOf(Source, true))
	w.bring("1001", deliveryApproved)
	w.place("test", "1001", nil)
	w.bring("1002", cancelled)
	w.bring("1003", declined)
	rejected := w.bring("1004", signed)
	for line := 1; line <= 2; line++ {
		check(t, w.mark(rejected, line, order.Rejected, "sold out"))
	}
	want := strings.Split("order.accepted 1001\norder.signed 1001\norder.deliveryApproved 1001\norder.declined 1003 No credit & no <collateral>\norder.accepted 1004\norder.signed 1004\norder.declined 1004 sold out", "\n")
	got := events(t, to.Got(t, len(want)), live.Secret)
	for _, number := range []string{"1001", "1003", "1004"} { // those of different orders do not wait for each other
		if g, w := of(number, strings.Split(got, "\n")), of(number, want); g != w {
			t.Errorf("got\n%s\nwant\n%s", g, w)
		}
	}
	if strings.Contains(got, "1002") {
		t.Errorf("of a cancelled order: %s", got)
	}
	if got := events(t, testOrders.Got(t, 2), test.Secret); got != "order.accepted 1001\norder.signed 1001" {
		t.Errorf("of the test order\n%s", got)
	}
	settled(t, w, live, len(want))
	settled(t, w, test, 2)
}

func of(number string, lines []string) string {
	var left []string
	for _, l := range lines {
		if strings.Contains(l, " "+number) {
			left = append(left, l)
		}
	}
	return strings.Join(left, "\n")
}

// settled waits until nothing is on its way to an endpoint, and wants so many
// tries with an answer: what there was nothing to tell of made none.
func settled(t *testing.T, w *world, e webhook.Endpoint, tries int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		waiting, err := w.DB.Deliveries(t.Context(), webhook.DeliveryQuery{Party: kontor, Endpoint: e.ID, State: webhook.Pending, Limit: 1})
		check(t, err)
		if len(waiting) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("deliveries wait for ever")
		}
	}
	all, err := w.DB.Deliveries(t.Context(), webhook.DeliveryQuery{Party: kontor, Endpoint: e.ID, Limit: 100})
	check(t, err)
	answered := 0
	for _, d := range all {
		attempts, err := w.DB.Attempts(t.Context(), kontor, e.ID, d.ID)
		check(t, err)
		for _, a := range attempts {
			if a.Status > 0 {
				answered++
			}
		}
	}
	if answered != tries || len(all) <= tries {
		t.Errorf("%d tries were answered of %d deliveries, want %d", answered, len(all), tries)
	}
}

// TestBodyIsTheSame tries again after 204, which is no 200 here, and after 500:
// the body stays, and the signature is of the try.
func TestBodyIsTheSame(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t, http.StatusNoContent, http.StatusInternalServerError)
	e := w.listen(to, Source)
	o := w.place("good", "1&<2>", nil)
	w.accept(o)
	for tried := 1; tried <= 2; tried++ {
		to.Got(t, tried)
		w.again(e)
	}
	came := to.Got(t, 3)
	for _, s := range came {
		if verify(t, s, e.Secret); s.Body != came[0].Body {
			t.Errorf("another body: %s and %s", came[0].Body, s.Body)
		}
	}
	if first := came[0].Body; !strings.HasSuffix(first, `","type":"order.accepted","action":"order.accepted","data":{"orderId":"1&<2>"}}`) {
		t.Error(first)
	}
}

// again makes the pending deliveries of an endpoint due now.
func (w *world) again(e webhook.Endpoint) {
	w.T.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		all, err := w.DB.Deliveries(w.T.Context(), webhook.DeliveryQuery{Party: kontor, Endpoint: e.ID, State: webhook.Pending, Limit: 9})
		check(w.T, err)
		for _, d := range all {
			if d.Attempts == 0 {
				continue
			}
			_, err := w.DB.Resend(w.T.Context(), webhook.Resend{Party: kontor, Endpoint: e.ID, ID: d.ID, Now: time.Now()})
			check(w.T, err)
			return
		}
	}
	w.T.Fatal("no attempt was stored")
}

// TestTwoSecretsSign while a secret is changed: the new one first.
func TestTwoSecretsSign(t *testing.T) {
	at := time.Unix(1499785732, 0)
	fresh, old := webhook.NewSecret(), webhook.NewSecret()
	e := webhook.Endpoint{Secret: fresh, OldSecrets: []webhook.OldSecret{{Secret: old, Until: at.Add(time.Hour)}}}
	body := []byte(`{}`)
	want := "t=1499785732,v1=" + digest(fresh.Reveal(), "1499785732", body) + ",v1=" + digest(old.Reveal(), "1499785732", body)
	for _, name := range []string{"Montly-Signature", "LeaseCloud-Signature"} { // spelled as the vendor does
		if got := headers(body, at, e.Keys(at))[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
		if got := headers(body, at, e.Keys(at.Add(2*time.Hour)))[name]; len(got) != 1 || strings.Count(got[0], "v1=") != 1 {
			t.Errorf("%s, later: %s", name, got)
		}
	}
}

// TestTariffsAreReported to each endpoint of the dialect, as they were set.
func TestTariffsAreReported(t *testing.T) {
	w := newWorld(t)
	live, testOrders, standard := newReceiver(t), newReceiver(t), newReceiver(t)
	e, test, plain := w.listen(live, Source), w.listen(testOrders, order.SourceOf(Source, true)), w.listen(standard, webhook.StandardName)
	table, err := ParseTable([]string{"36=3.04", "24=4.470"})
	check(t, err)
	notice, err := TariffNotice(table, w.Now())
	check(t, err)
	check(t, w.DB.SetTariffs(t.Context(), kontor, table, notice))
	for r, e := range map[*dialecttest.Receiver]webhook.Endpoint{live: e, testOrders: test} {
		came := r.Got(t, 1)[0]
		if got := verify(t, came, e.Secret); got.Action != "tariff.updated" || !strings.HasSuffix(came.Body, `"data":{"tariffs":[{"months":24,"tariff":4.47},{"months":36,"tariff":3.04}]}}`) {
			t.Errorf("%s", came.Body)
		}
	}
	if all, err := w.DB.Deliveries(t.Context(), webhook.DeliveryQuery{Party: kontor, Endpoint: plain.ID, Limit: 9}); err != nil || len(all) != 0 {
		t.Errorf("an endpoint of another format is notified: %+v, %v", all, err)
	}
}

// TestTestEventOfAnEndpoint sends a signed body without an order.
func TestTestEventOfAnEndpoint(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t)
	e := w.listen(to, Source)
	_, err := w.Webhooks.Test(t.Context(), kontor, e.ID)
	check(t, err)
	if got := verify(t, to.Got(t, 1)[0], e.Secret); got.Action != "endpoint.test" || len(got.Data) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestNothingToReport asks for callbacks of orders that are not this dialect's,
// not this party's as a shop, not of this mode, or not there any more.
func TestNothingToReport(t *testing.T) {
	task := webhook.Task{Endpoint: webhook.Endpoint{Party: kontor, Secret: webhook.NewSecret()},
		Delivery: webhook.Delivery{Type: webhook.OrderMoved, Event: webhook.Event{Order: "0193", To: accepted}}}
	gone := order.Errorf(order.Gone, "order-retired", "It is gone.")
	for name, c := range map[string]struct {
		o     order.Order
		err   error
		skips bool
		fails bool
	}{
		"its own":         {o: order.Order{Source: Source, Sender: kontor}},
		"another dialect": {o: order.Order{Source: "hark", Sender: kontor}, skips: true},
		"a test order":    {o: order.Order{Source: "montly.test", Sender: kontor}, skips: true},
		"another shop":    {o: order.Order{Source: Source, Sender: other}, skips: true},
		"gone":            {err: gone, skips: true},
		"store is down":   {err: errors.New("connection refused"), fails: true},
	} {
		f := format(Source, func(_ context.Context, _ order.PartyID, _ order.ID) (order.Order, error) { return c.o, c.err })
		m, err := f.Write(t.Context(), task, time.Now())
		if (err != nil) != c.fails || !c.fails && m.Skip != c.skips {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	f := format(Source, nil) // nothing is read for what is never reported
	for _, typ := range []webhook.Type{webhook.OrderReceived, webhook.OrderSent, webhook.OrderLineStatus, webhook.OrderErased} {
		task.Delivery.Type = typ
		if m, err := f.Write(t.Context(), task, time.Now()); err != nil || !m.Skip {
			t.Errorf("%s: %+v, %v", typ, m, err)
		}
	}
	for _, to := range []order.Status{shipped, cancelled, "ORDERED", ""} {
		task.Delivery.Type, task.Delivery.Event.To = webhook.OrderMoved, to
		if m, err := f.Write(t.Context(), task, time.Now()); err != nil || !m.Skip {
			t.Errorf("to %q: %+v, %v", to, m, err)
		}
	}
}
