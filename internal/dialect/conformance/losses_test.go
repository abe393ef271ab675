package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// shown is an order that was ordered and delivered: what its own client sent and
// was answered, and what the seller sees of it in every document.
type shown struct {
	request, answer []leaf
	documents       map[string][]leaf
	all             []leaf            // of the documents
	raw             map[string]string // the request and the documents as they came
}

func (w *world) shown(d client) shown {
	w.t.Helper()
	number, placed := w.sendAs(d, auth.ModeLive)
	o := w.core(d, number)
	for _, s := range outcomes(d)["fulfilled"] {
		s.do(w, d, &o)
		w.settle()
	}
	_, body, err := requestFile(d.name)
	check(w.t, err)
	s := shown{documents: map[string][]leaf{}, raw: map[string]string{"request": string(body)}}
	s.request, s.answer = w.leaves(string(body)), w.leaves(d.read(w, number).body)
	if placed.body != "" {
		s.answer = append(s.answer, w.leaves(placed.body)...)
	}
	for _, v := range views() {
		if v.name != "core" {
			s.raw[v.name] = v.text(w, o.ID)
			s.documents[v.name] = w.leaves(s.raw[v.name])
		}
	}
	for _, below := range []string{"response", "status-report"} {
		a := w.want(w.do(call{http.MethodGet, "/orders/" + string(o.ID) + "/" + below, w.asParty(seller), ""}), http.StatusOK)
		s.documents[below] = w.leaves(a.body)
	}
	w.checkOriginal(d, o.ID)
	for _, document := range s.documents {
		s.all = append(s.all, document...)
	}
	return s
}

// checkOriginal wants the request itself, which has all that is lost, hidden from a
// seller that did not send it, but where it is a document of the trade.
func (w *world) checkOriginal(d client, id order.ID) {
	w.t.Helper()
	want := "403 document-private"
	if d.source == "" || d.sender == seller {
		want = "200"
	}
	a := w.do(call{http.MethodGet, "/orders/" + string(id) + "/editx/original", w.asParty(seller), ""})
	if got := outcome(a); got != want {
		w.t.Errorf("the seller reads the request: %s, want %s", got, want)
	}
}

func (w *world) leaves(text string) []leaf {
	w.t.Helper()
	all, err := leaves(text)
	check(w.t, err)
	return all
}

// TestWhatIsLost holds the list in each doc.go against what is to be seen. What
// is listed was sent, and is in nothing that the seller reads. And every member
// of the request is in what the seller reads, or is listed.
func TestWhatIsLost(t *testing.T) {
	for _, d := range clients() {
		t.Run(d.name, func(t *testing.T) {
			s := newWorld(t, t.TempDir()).shown(d)
			items, listed := listedLosses(t, d.name), []leaf(nil)
			for _, item := range items {
				l, ok := lossOf(d, item)
				if !ok {
					t.Errorf("doc.go lists %q, which names no member, and the client has no proof of it", item)
				}
				listed = append(listed, checkLoss(t, d, s, item, l)...)
			}
			for sentence := range d.losses {
				if !slices.Contains(items, sentence) {
					t.Errorf("doc.go does not list %q", sentence)
				}
			}
			checkShown(t, d, s, listed)
		})
	}
}

// checkLoss wants what an item of the list is about to be sent with a value, and
// the value to be shown to no other party. It returns the members.
func checkLoss(t *testing.T, d client, s shown, item string, l loss) (listed []leaf) {
	t.Helper()
	if l.proof != nil {
		if sent, seen := l.proof(s); !sent || seen {
			t.Errorf("doc.go lists %q: sent %v, shown to others %v", item, sent, seen)
		}
	}
	for _, name := range l.members {
		sent := named(d, s, name)
		if len(sent) == 0 {
			t.Errorf("doc.go lists %s as lost, and neither request nor answer has it", name)
		}
		for _, l := range sent {
			for document, all := range s.documents {
				if hasValue(all, l) {
					t.Errorf("doc.go lists %s as lost, and %s shows %s %q", name, document, l.path, l.value)
				}
			}
		}
		listed = append(listed, sent...)
	}
	return listed
}

// hasValue reports whether a document has a member's value, as it was written or as
// a sum. Yes and no stand for nothing but under the name of the member.
func hasValue(document []leaf, l leaf) bool {
	if l.value == "true" || l.value == "false" {
		name := l.path[strings.LastIndex(l.path, ".")+1:]
		return slices.ContainsFunc(document, func(d leaf) bool { return d.value == l.value && strings.HasSuffix("."+d.path, "."+name) })
	}
	return says(document, l.value) || says(document, minor(l.value))
}

// checkShown wants every member of the request to be shown in some document, in its
// own words or in those of the client's shownAs, or to be listed as lost.
func checkShown(t *testing.T, d client, s shown, listed []leaf) {
	t.Helper()
	for _, l := range s.request {
		if slices.Contains(listed, l) || slices.Contains(d.asking, l.path) {
			continue
		}
		words := l.value
		if other, ok := d.shownAs[strings.TrimPrefix(l.path, d.root+".")]; ok {
			words = other(l.value)
		}
		if !says(s.all, words) {
			t.Errorf("%s %q is shown nowhere as %q, and doc.go does not list it as lost", l.path, l.value, words)
		}
	}
}

// named returns what a member of the order says, with all that is in it: the
// member of this name in the order itself, or else wherever there is one.
func named(d client, s shown, name string) (all []leaf) {
	for _, matches := range []func(path string) bool{
		func(path string) bool {
			return strings.HasPrefix(path+".", strings.TrimPrefix(d.root+"."+name+".", ".")) || strings.HasPrefix(path+".", name+".")
		},
		func(path string) bool { return strings.Contains("."+path+".", "."+name+".") },
	} {
		for _, l := range slices.Concat(s.request, s.answer) {
			if matches(l.path) {
				all = append(all, l)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// minor writes a sum in minor units as documents of the trade do.
func minor(value string) string {
	d, err := order.ParseDecimal(value)
	if err != nil {
		return value
	}
	d.Scale += 2
	return d.String()
}
