package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// step is a part of a story: what is done, and where the order and its line
// stand after it, whichever client it came by. The names of steps are those in
// client.words.
type step struct {
	name        string
	do          func(w *world, d client, o *order.Order)
	order, line order.Status
	hidden      bool // from the seller
}

// outcomes are the ends that the story can have with a client.
func outcomes(d client) map[string][]step {
	ordered := step{"ordered", func(w *world, d client, o *order.Order) {
		if d.open != nil {
			d.open(w, o.Number)
		}
	}, order.Sent, order.Sent, false}
	fulfilled := step{"fulfilled", func(w *world, d client, o *order.Order) {
		answers("FULFILLED", d.fulfil)(w, d, o)
		if d.after != nil {
			d.after(w, o.Number)
		}
	}, order.Fulfilled, order.Fulfilled, false}
	withdrawn := step{"withdrawn", func(w *world, d client, o *order.Order) { d.withdraw(w, o.Number) }, order.Rejected, order.Rejected, false}
	all := map[string][]step{
		"fulfilled": {ordered, {"received", answers("RECEIVED", ""), order.Received, order.Received, false}, fulfilled},
		"refused":   {ordered, {"rejected", answers("REJECTED", ""), order.Rejected, order.Rejected, false}},
	}
	if d.withdraw != nil && d.open != nil { // it can be withdrawn until it is the seller's, who hears nothing of it
		withdrawn.hidden = true
		all["withdrawn"] = []step{{"waiting", func(*world, client, *order.Order) {}, order.Unprocessed, order.Unprocessed, true}, withdrawn}
	} else if d.withdraw != nil {
		all["withdrawn"] = []step{ordered, withdrawn}
	}
	return all
}

// remark is what the seller writes beside each of its answers.
const remark = "fra lageret"

// answers is the step in which the seller answers the line.
func answers(status, members string) func(*world, client, *order.Order) {
	return func(w *world, _ client, o *order.Order) {
		w.t.Helper()
		said := fmt.Sprintf(`"status": %q, "comment": %q`, status, remark)
		if members != "" {
			said += ", " + members
		}
		w.want(w.mark(o.ID, said), http.StatusOK)
	}
}

// TestStory has every client send the purchase, brings it to each of its ends, and
// compares at each step what is to be seen with what is stored, and with what is
// seen of the other clients' orders: the facts are one table for all of them.
func TestStory(t *testing.T) {
	for engine, place := range engines() {
		t.Run(engine, func(t *testing.T) {
			for _, d := range clients() {
				for name, steps := range outcomes(d) {
					t.Run(d.name+"/"+name, func(t *testing.T) { runStory(newWorld(t, place(t)), d, name, steps) })
				}
			}
		})
	}
}

func runStory(w *world, d client, name string, steps []step) {
	number := w.send(d)
	var k book
	for i, s := range steps {
		o := w.core(d, number)
		s.do(w, d, &o)
		w.settle()
		w.see(d, s, number, &k)
		if fulltest.On || i == len(steps)-1 {
			w.crawl(o.ID)
		}
	}
	k.compare(w.t, d.name+"/"+name)
}

// see looks at the order in all views, and checks what it says.
func (w *world) see(d client, s step, number string, k *book) {
	w.t.Helper()
	o := w.core(d, number)
	k.write(s.name, "state", fmt.Sprintf("order %s, line %s, in the dialect %q, revision %d", o.Status, o.Lines[0].Status, w.word(&o), o.Revision))
	if word, ok := d.words[s.name]; !ok || word != w.word(&o) {
		w.t.Errorf("%s: the dialect calls it %q, want %q", s.name, w.word(&o), word)
	}
	k.write(s.name, d.name, indented(w.t, d.read(w, number).body))
	k.write(s.name, "history", w.history(o.ID))
	want := purchase().with(facts{"number": number, "order status": hal.StatusWord(s.order), "line status": hal.StatusWord(s.line)}).with(d.own)
	if s.name == "withdrawn" {
		want = want.with(d.withdrawn)
	}
	for _, v := range views() {
		if v.name == "list" && s.hidden {
			if entry := w.listed(o.ID); entry != nil {
				w.t.Errorf("%s: the seller's list has %v", s.name, entry)
			}
			continue
		}
		text := v.text(w, o.ID)
		if diff := cmp.Diff(want.only(v.has), v.facts(w, text).only(v.has)); diff != "" {
			w.t.Errorf("%s, %s (-sent +seen):\n%s", s.name, v.name, diff)
		}
		if v.name != "core" { // its inside is the core's own; what shows of it is in the others
			k.write(s.name, v.name, text)
		}
	}
}

// word is where the order stands in the words of its dialect.
func (w *world) word(o *order.Order) string {
	r := rules()[o.Dialect()]
	if r.State == nil {
		return ""
	}
	return r.State(o)
}

// history is what the seller reads of what happened.
func (w *world) history(id order.ID) string {
	w.t.Helper()
	events, err := w.exchange.History(w.t.Context(), seller, id)
	check(w.t, err)
	var b strings.Builder
	for _, e := range events {
		line := fmt.Sprintf("%d %s line %d %s>%s by %s via %s: %s", e.Number, e.Kind, e.Line, e.From, e.To, e.Party, e.Via, e.Text)
		b.WriteString(strings.TrimRight(line, ": ") + "\n")
	}
	return b.String()
}
