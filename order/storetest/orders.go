package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// reopenPromises are asked of a store that can be opened again.
var reopenPromises = []promise{
	{"everything is there after the store was closed and opened again", reopenKeeps},
	{"an epoch outlives the process", epochOutlives},
}

var orderPromises = []promise{
	{"a new store is empty", newIsEmpty},
	{"an added order comes back whole", comesBackWhole},
	{"Created and Updated are set by the store", timesAreSet},
	{"the same number of the same sender returns the first order and writes nothing", repeatReturnsFirst},
	{"the same number of another sender is another order", otherSenderOtherOrder},
	{"32 copies sent at once are one order", copiesAtOnce},
	{"numbers differ by case and by blanks", numbersAreExact},
	{"a text with NUL or broken UTF-8 is Invalid to keep and NotFound to look for", unkeepableTexts},
	{"a taken id is a Conflict and writes nothing", takenID},
	{"a document comes back byte for byte", documentComesBack},
	{"an order without a document has none to give", noDocument},
	{"an unknown order is NotFound everywhere", unknownOrder},
	{"a cancelled caller gets its context's error and nothing is written", cancelledCaller},
}

func newIsEmpty(t *testing.T, h *fixture) {
	parties, err := h.Parties(t.Context())
	if err != nil || len(parties) != 0 {
		t.Errorf("Parties: %v, %v", parties, err)
	}
	waiting, err := h.Waiting(t.Context(), time.Now().Add(time.Hour), time.Now().Add(time.Hour), 10)
	if err != nil || len(waiting) != 0 {
		t.Errorf("Waiting: %v, %v", waiting, err)
	}
	p, err := h.List(t.Context(), order.Query{Party: shop, Mode: order.All, After: 7, Limit: 10})
	if err != nil || len(p.Items) != 0 || p.More || p.Next != 7 {
		t.Errorf("List: %+v, %v", p, err)
	}
	if n := head(t, h, shop); n != 0 {
		t.Errorf("Head before the first change is %d", n)
	}
}

func comesBackWhole(t *testing.T, h *fixture) {
	want := full("A-1")
	stored := add(t, h, want)
	got, err := h.Order(t.Context(), shop, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order against what Add gave", stored, got)
	want.Created, want.Updated = got.Created, got.Updated
	for i := range want.Lines {
		want.Lines[i].Changed = want.Lines[i].Changed.Truncate(time.Microsecond).UTC()
	}
	wantSame(t, "the order against what was added", want, got)
}

func timesAreSet(t *testing.T, h *fixture) {
	before := h.clock.now().Truncate(time.Microsecond)
	o := sample("A-1")
	o.Created = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	stored := add(t, h, o)
	after := h.clock.now()
	if stored.Created.Before(before) || stored.Created.After(after) || !stored.Created.Equal(stored.Updated) {
		t.Errorf("created %s, updated %s, added between %s and %s", stored.Created, stored.Updated, before, after)
	}
	events, err := h.History(t.Context(), shop, o.ID)
	if err != nil || len(events) != 1 || !events[0].At.Equal(stored.Created) || events[0].Number != 1 || events[0].Revision != 1 {
		t.Errorf("History: %+v, %v", events, err)
	}
}

func repeatReturnsFirst(t *testing.T, h *fixture) {
	first := add(t, h, sample("A-1"))
	sent := change(t, h, first.ID, send(publisher))
	second := sample("A-1")
	second.Lines = second.Lines[:1]
	stored, added, err := h.Add(t.Context(), second, document("other"), received(second))
	if err != nil || added {
		t.Fatalf("added %v, %v", added, err)
	}
	wantSame(t, "the first order", sent, stored)
	_, err = h.Order(t.Context(), shop, second.ID)
	wantKind(t, err, order.NotFound)
	if n := head(t, h, shop); n != 2 {
		t.Errorf("head is %d after a repeat, want 2", n)
	}
	if events, _ := h.History(t.Context(), shop, first.ID); len(events) != 2 {
		t.Errorf("%d events after a repeat, want 2", len(events))
	}
}

func otherSenderOtherOrder(t *testing.T, h *fixture) {
	add(t, h, sample("A-1"))
	o := sample("A-1")
	o.Sender, o.Buyer = school, school
	add(t, h, o)
	for _, p := range []order.PartyID{shop, school} {
		if items := list(t, h, order.Query{Party: p, Mode: order.SentByMe, Limit: 10}); len(items) != 1 {
			t.Errorf("%s lists %d orders, want 1", p, len(items))
		}
	}
}

func copiesAtOnce(t *testing.T, h *fixture) {
	const copies = 32
	var mu sync.Mutex
	ids, news := map[order.ID]bool{}, 0
	var all sync.WaitGroup
	for range copies {
		all.Go(func() {
			o := sample("A-1")
			stored, added, err := h.Add(t.Context(), o, document("x"), received(o))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ids[stored.ID] = true; added {
				news++
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || news != 1 {
		t.Errorf("%d copies gave %d ids, %d of them called new", copies, len(ids), news)
	}
	if n := head(t, h, shop); n != 1 {
		t.Errorf("head is %d, want 1", n)
	}
}

func numbersAreExact(t *testing.T, h *fixture) {
	numbers := []string{"a-1", "A-1", "a-1 ", " a-1", "å-1", "a\u030a-1", strings.Repeat("9", 5000), "a_1", "a%1", "0x1", "1e3", "1000"}
	for _, n := range numbers {
		add(t, h, sample(n))
	}
	items := list(t, h, order.Query{Party: shop, Mode: order.All, Limit: 5})
	for i, it := range items {
		if it.Number != numbers[i] {
			t.Errorf("number %q came back as %q", numbers[i], it.Number)
		}
	}
}

func unkeepableTexts(t *testing.T, h *fixture) {
	for _, bad := range []string{"A\x00", "\x00", "A\xff", "\xed\xa0\x80"} {
		o := sample(bad)
		_, _, err := h.Add(t.Context(), o, document("x"), received(o))
		wantKind(t, err, order.Invalid)
		_, err = h.Order(t.Context(), shop, order.ID(bad))
		wantKind(t, err, order.NotFound)
		_, err = h.Party(t.Context(), order.PartyID(bad))
		wantKind(t, err, order.NotFound)
		_, err = h.Resolve(t.Context(), alias("GLN", bad))
		wantKind(t, err, order.NotFound)
		if p, err := h.List(t.Context(), order.Query{Party: order.PartyID(bad), Mode: order.All, Limit: 5}); err != nil || len(p.Items) != 0 {
			t.Errorf("a list of %q: %v, %v", bad, p.Items, err)
		}
	}
	o := sample("A-1")
	o.Lines[0].Detail.Title = "NUL \x00 here" // stored as JSON, which writes it in other characters
	stored := add(t, h, o)
	if stored.Number != "A-1" || head(t, h, shop) != 1 {
		t.Errorf("stored %+v, head %d", stored.Number, head(t, h, shop))
	}
}

func takenID(t *testing.T, h *fixture) {
	first := add(t, h, sample("A-1"))
	o := sample("A-2")
	o.ID = first.ID
	_, _, err := h.Add(t.Context(), o, document("x"), received(o))
	wantKind(t, err, order.Conflict)
	if n := head(t, h, shop); n != 1 {
		t.Errorf("head is %d, want 1", n)
	}
}

func documentComesBack(t *testing.T, h *fixture) {
	for i, body := range [][]byte{
		[]byte("<Order/>"), {}, {0, 1, 2, 0xff, 0xfe, '\r', '\n'}, bytes.Repeat([]byte("0123456789abcdef"), 1<<16),
	} {
		o := sample(fmt.Sprintf("D-%d", i))
		doc := order.NewDocument("application/vnd.editx; version=1.3", body)
		if _, _, err := h.Add(t.Context(), o, doc, received(o)); err != nil {
			t.Fatal(err)
		}
		got, err := h.Document(t.Context(), shop, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Body, body) || got.MediaType != doc.MediaType || got.SHA256 != doc.SHA256 {
			t.Errorf("document %d of %d bytes came back as %d bytes of %s", i, len(body), len(got.Body), got.MediaType)
		}
		if has, err := h.HasDocument(t.Context(), shop, o.ID); !has || err != nil {
			t.Errorf("document %d is there: %t, %v", i, has, err)
		}
	}
}

func noDocument(t *testing.T, h *fixture) {
	o := sample("A-1")
	if _, _, err := h.Add(t.Context(), o, order.Document{}, received(o)); err != nil {
		t.Fatal(err)
	}
	_, err := h.Document(t.Context(), shop, o.ID)
	wantKind(t, err, order.NotFound)
	if has, err := h.HasDocument(t.Context(), shop, o.ID); has || err != nil {
		t.Errorf("it has a document: %t, %v", has, err)
	}
}

func unknownOrder(t *testing.T, h *fixture) {
	id := order.NewID(time.Now())
	_, err := h.Order(t.Context(), shop, id)
	wantKind(t, err, order.NotFound)
	_, err = h.Document(t.Context(), shop, id)
	wantKind(t, err, order.NotFound)
	_, err = h.HasDocument(t.Context(), shop, id)
	wantKind(t, err, order.NotFound)
	_, err = h.History(t.Context(), shop, id)
	wantKind(t, err, order.NotFound)
	_, err = h.Update(t.Context(), id, func(*order.Order) ([]order.Event, error) {
		t.Error("change ran on an order that is not there")
		return nil, nil
	})
	wantKind(t, err, order.NotFound)
}

func reopenKeeps(t *testing.T, h *fixture) {
	o := add(t, h, full("A-1"))
	sent := change(t, h, o.ID, send(publisher))
	ack(t, h, publisher, 1)
	history, err := h.History(t.Context(), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10})
	party := order.Party{ID: shop, Name: "Bokhandel", Scheme: "NBSN", Aliases: []order.Identifier{{Type: "GLN", Value: "7080010001559"}}}
	if err := h.AddParty(t.Context(), party); err != nil {
		t.Fatal(err)
	}
	h.again(t)
	got, err := h.Order(t.Context(), publisher, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order", sent, got)
	events, err := h.History(t.Context(), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the history", history, events)
	wantSame(t, "the list", items, list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10}))
	if doc, err := h.Document(t.Context(), shop, o.ID); err != nil || string(doc.Body) != "<Order>A-1</Order>" {
		t.Errorf("document: %q, %v", doc.Body, err)
	}
	if p, err := h.Party(t.Context(), shop); err != nil || len(p.Aliases) != 1 {
		t.Errorf("party: %+v, %v", p, err)
	}
	if n := add(t, h, sample("A-2")); head(t, h, shop) != 3 || !n.Created.After(sent.Updated) {
		t.Errorf("head is %d after the third change", head(t, h, shop))
	}
}

var epochPromises = []promise{
	{"a store has an epoch, and no other store has the same", epochsDiffer},
	{"in the epoch that it is in a store has everything through the head", sinceIsHead},
	{"an epoch that the store has not been through is not known", foreignEpoch},
	{"the empty name stands for the first epoch", namelessEpoch},
}

func epochOf(t testing.TB, s Store) string {
	t.Helper()
	epoch, err := s.Epoch(t.Context())
	if err != nil || epoch == "" {
		t.Fatalf("epoch %q, %v", epoch, err)
	}
	return epoch
}

func wantSince(t testing.TB, h *fixture, party order.PartyID, epoch string, through int64, known bool) {
	t.Helper()
	got, ok, err := h.Since(t.Context(), party, epoch)
	if err != nil || got != through || ok != known {
		t.Errorf("%s since epoch %q: through %d, known %t, %v; want %d, %t", party, epoch, got, ok, err, through, known)
	}
}

func epochsDiffer(t *testing.T, h *fixture) {
	first := epochOf(t, h)
	if again := epochOf(t, h); again != first {
		t.Errorf("epoch %s, and then %s", first, again)
	}
	if other := epochOf(t, h.open(t, h.clock.now)); other == first {
		t.Errorf("two stores are in epoch %s", other)
	}
}

func sinceIsHead(t *testing.T, h *fixture) {
	epoch := epochOf(t, h)
	wantSince(t, h, shop, epoch, 0, true)
	addMany(t, h, 3)
	wantSince(t, h, shop, epoch, 6, true)
	wantSince(t, h, publisher, epoch, 3, true)
	wantSince(t, h, stranger, epoch, 0, true)
}

func foreignEpoch(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	other := epochOf(t, h.open(t, h.clock.now))
	for _, epoch := range []string{other, "none", " ", "'", epochOf(t, h) + "x", "\x00"} {
		wantSince(t, h, shop, epoch, 0, false)
	}
}

func namelessEpoch(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	wantSince(t, h, shop, "", 4, true)
}

// epochOutlives is asked of a store that can be opened again: a restart begins
// no epoch.
func epochOutlives(t *testing.T, h *fixture) {
	before := epochOf(t, h)
	h.again(t)
	if after := epochOf(t, h); after != before {
		t.Errorf("epoch %s before the restart and %s after it", before, after)
	}
}
