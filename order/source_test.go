package order_test

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestTestOrdersHaveTheirOwnNumbers sends the same number as a test and in earnest;
// both are stored, and the rules of the one dialect are asked about both.
func TestTestOrdersHaveTheirOwnNumbers(t *testing.T) {
	s := newScene(t)
	asked := 0
	s.Exchange = order.NewExchange(s.db, s.db, order.Config{Rules: map[string]order.Rules{"hark": {Reduce: func(*order.Order) error {
		asked++
		return order.Errorf(order.Conflict, "whole", "It is not reduced.")
	}}}})
	for _, test := range []bool{true, false} {
		o := draft("1", order.Identifier{Type: "NBSN", Value: "7045"}, order.Identifier{Type: "NBSN", Value: "900877"})
		o.ID, o.Source = order.NewID(time.Now()), order.SourceOf("hark", test)
		receipt, err := s.Submit(t.Context(), bookshop, o, order.Document{})
		if err != nil || receipt.Repeated || receipt.ID != o.ID {
			t.Fatalf("test %v: %+v, %v; want the order %s", test, receipt, err, o.ID)
		}
		if err := s.ProcessPending(t.Context()); err != nil {
			t.Fatal(err)
		}
		stored, err := s.LoadForOperator(t.Context(), receipt.ID)
		if err != nil || stored.Dialect() != "hark" {
			t.Errorf("test %v is of the dialect %q, %v", test, stored.Dialect(), err)
		}
		if _, err := s.Reduce(t.Context(), bookshop, receipt.ID, order.AnyRevision, order.Reduction{Line: 1, Number: 1}); order.CodeOf(err) != "whole" {
			t.Errorf("test %v: %v", test, err)
		}
	}
	if asked != 2 {
		t.Errorf("the rules were asked %d times", asked)
	}
}

// TestRequestOfADialectIsItsSenders asks for the message of an order that came
// in a form of its own, and of one that came as a document of the trade.
func TestRequestOfADialectIsItsSenders(t *testing.T) {
	s := newScene(t)
	s.Exchange = order.NewExchange(s.db, s.db, order.Config{Rules: map[string]order.Rules{"hark": {}}})
	for source, code := range map[string]string{"hark": "document-private", "hark.test": "order-not-found", "boknett": ""} {
		o := draft("1", order.Identifier{Type: "NBSN", Value: "7045"}, order.Identifier{Type: "NBSN", Value: "900877"})
		if o.Source = source; source == "hark.test" {
			o.Header.Purpose = order.Test
		}
		receipt, err := s.Submit(t.Context(), bookshop, o, order.NewDocument("application/json", []byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ProcessPending(t.Context()); err != nil {
			t.Fatal(err)
		}
		if doc, err := s.Document(t.Context(), bookshop.Party, receipt.ID); err != nil || string(doc.Body) != "{}" {
			t.Errorf("%s: its sender gets %s, %v", source, doc.Body, err)
		}
		if _, err := s.Document(t.Context(), publisher.Party, receipt.ID); order.CodeOf(err) != code {
			t.Errorf("%s: its receiver gets %v", source, err)
		}
	}
}
