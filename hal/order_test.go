package hal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

func TestSecondGenerationDocuments(t *testing.T) {
	s, o, none, parts := second(t), answered(), failed(), parted()
	golden(t, "v2-order.json", pretty(t, NewOrder(&o, asReceiver, true, s)))
	golden(t, "v2-order-parted.json", pretty(t, NewOrder(&parts, asSender, true, s)))
	golden(t, "v2-order-failed.json", pretty(t, NewOrder(&none, order.Actions{}, false, s)))
	golden(t, "v2-line.json", pretty(t, NewLine(o.ID, &o.Lines[1], asReceiver, s)))
	golden(t, "v2-event.json", pretty(t, NewEvent(o.ID, &events()[2], s)))
	golden(t, "v2-history.json", pretty(t, NewHistory(o.ID, events(), s)))
	at := ListAddress{Self: "?mode=ALL&next=abc", First: "?mode=ALL", Next: "?mode=ALL&next=def", Cursor: "def"}
	golden(t, "v2-list.json", pretty(t, NewList([]order.Item{item()}, at, s)))
	golden(t, "v2-list-empty.json", pretty(t, NewList(nil, ListAddress{Cursor: "abc"}, s)))
}

// What the two sides may do to the order of the example.
var (
	asReceiver = order.Actions{Answer: []int{1, 2}}
	asSender   = order.Actions{Reduce: []int{1}, Cancel: true}
)

func pretty(t *testing.T, doc any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestReadingReturnsWhatWasWritten(t *testing.T) {
	s := second(t)
	full := filled()
	for _, o := range []order.Order{school(), failed(), answered(), parted(), full} {
		roundTrip(t, NewOrder(&o, asReceiver, true, s), ParseOrder)
		roundTrip(t, NewOrder(&o, asSender, false, s), ParseOrder)
	}
	roundTrip(t, NewHistory(full.ID, events(), s), ParseHistory)
	roundTrip(t, NewLine(full.ID, &full.Lines[0], asSender, s), ParseLine)
	roundTrip(t, NewEvent(full.ID, &events()[0], s), ParseEvent)
	roundTrip(t, NewAttempt("ep_1", "msg_1", 2, s), ParseAttempt)
	at := ListAddress{Self: "?a", First: "?b", Next: "?c", Cursor: "c"}
	roundTrip(t, NewList([]order.Item{item(), item()}, at, s), ParseList)
	roundTrip(t, NewList([]order.Item{}, ListAddress{}, s), ParseList)
}

func roundTrip[T any](t *testing.T, doc T, parse func([]byte) (T, error)) {
	t.Helper()
	got, err := parse(pretty(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(doc, got); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func TestReadingLeavesOutWhatANewerServerAdds(t *testing.T) {
	doc, err := ParseOrder([]byte(`{"id":"x","later":{"a":[1]},"_links":{"bk:later":{"href":"y"}}}`))
	if err != nil || doc.ID != "x" {
		t.Errorf("got %+v, %v", doc, err)
	}
	if _, err := ParseOrder([]byte(`{"id":`)); err == nil {
		t.Error("half a document is read")
	}
}

// TestOrderShowsAllThatIsKnown fills every field of an order with a word of
// its own, also the fields that are yet to come, and looks for each word. Only
// what is the own of another dialect is left out.
func TestOrderShowsAllThatIsKnown(t *testing.T) {
	o := filled()
	o.CustomerRef, o.Attributes = "", nil
	body := pretty(t, NewOrder(&o, order.Actions{}, false, second(t)))
	stored, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`"word[0-9]+"`).FindAll(stored, -1)
	if len(words) < 200 {
		t.Fatalf("only %d fields were filled", len(words))
	}
	for _, word := range words {
		if !bytes.Contains(body, word) {
			t.Errorf("%s of the order is not in its document", word)
		}
	}
}

// TestOrderKeepsWhatIsAnotherDialects checks what a dialect stores beside the
// model: it belongs to that dialect, and the other party must not read it here.
func TestOrderKeepsWhatIsAnotherDialects(t *testing.T) {
	o := filled()
	o.CustomerRef, o.Attributes = "a customer", order.Attributes{"a name": "a value"}
	body := pretty(t, NewOrder(&o, order.Actions{}, false, second(t)))
	for _, word := range []string{"a customer", "a name", "a value"} {
		if bytes.Contains(body, []byte(word)) {
			t.Errorf("%q is in the document", word)
		}
	}
}

// filled is an order in which no field is empty.
func filled() order.Order {
	var o order.Order
	n := 0
	fill(reflect.ValueOf(&o).Elem(), &n)
	o.Status = order.FulfilledAssigned
	for i := range o.Lines {
		o.Lines[i].Status = order.Sent
	}
	return o
}

// fill puts something into v and all that hangs on it.
func fill(v reflect.Value, n *int) {
	*n++
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.Date(2026, 1, 2, 3, 4, *n, 0, time.UTC)
		return
	case *order.Decimal:
		*at = order.Decimal{Units: int64(1000 + *n), Scale: 2}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("word%d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}
