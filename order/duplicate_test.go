package order_test

import (
	"context"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestSameDocumentIsTheSameOrder holds that a document that comes again byte for
// byte is the order that it was, also where an older bookgate read it otherwise.
func TestSameDocumentIsTheSameOrder(t *testing.T) {
	s := newScene(t)
	sent := order.NewDocument("application/xml", []byte("<Order/>"))
	older := draft("A-1", nbsn("7045"), nbsn("900877"))
	older.Header.Currency = "nok"
	first, err := s.Submit(context.Background(), bookshop, older, sent)
	if err != nil {
		t.Fatal(err)
	}
	newer := draft("A-1", nbsn("7045"), nbsn("900877"))
	newer.Header.Currency = "NOK"
	if again, err := s.Submit(context.Background(), bookshop, newer, sent); err != nil || !again.Repeated || again.ID != first.ID {
		t.Errorf("the same document: %+v, %v", again, err)
	}
	other := order.NewDocument("application/xml", []byte("<Order />"))
	if _, err := s.Submit(context.Background(), bookshop, newer, other); order.CodeOf(err) != "duplicate-number" {
		t.Errorf("another document with other content: %v", err)
	}
}

// TestFindingsAreForTheSender holds that no other party gets them, by whatever
// call.
func TestFindingsAreForTheSender(t *testing.T) {
	s := newScene(t)
	o := draft("A-1", nbsn("7045"), nbsn("900877"))
	o.Findings = []order.Finding{{Code: "quantity-form", Message: "1.000 was read as 1"}}
	id := s.send(t, portal, o)
	for party, want := range map[order.PartyID]int{"104": 1, "7045": 1, "900877": 0} {
		got, err := s.Order(context.Background(), party, id)
		if err != nil || len(got.Findings) != want {
			t.Errorf("party %s reads %d findings, %v", party, len(got.Findings), err)
		}
		events, err := s.History(context.Background(), party, id)
		if err != nil || len(events[0].Findings) != want || len(events[1].Findings) != 0 {
			t.Errorf("party %s reads the history %+v, %v", party, events, err)
		}
	}
	marked, err := s.Mark(context.Background(), publisher, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.Received})
	if err != nil || len(marked.Findings) != 0 {
		t.Errorf("the receiver who answers reads %v, %v", marked.Findings, err)
	}
	if whole, err := s.LoadForOperator(context.Background(), id); err != nil || len(whole.Findings) != 1 {
		t.Errorf("after an answer %d findings are stored, %v", len(whole.Findings), err)
	}
}
