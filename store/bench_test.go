package store

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// Every benchmark runs on a new store that commits to the disk as in service.

// benchEach runs a benchmark on every engine.
func benchEach(b *testing.B, bench func(b *testing.B, place func(testing.TB) string)) {
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) { bench(b, engines()[name]) })
	}
}

func BenchmarkAdd(b *testing.B) { benchEach(b, benchmarkAdd) }

// BenchmarkAddOfManySenders shows what writers gain that do not wait for the
// head of one party.
func BenchmarkAddOfManySenders(b *testing.B) { benchEach(b, benchmarkAddOfManySenders) }

func benchmarkAddOfManySenders(b *testing.B, place func(testing.TB) string) {
	db := openIn(b, place(b), Options{})
	var n atomic.Int64
	together(b, 16, func() {
		i := n.Add(1)
		o := newOrder(fmt.Sprintf("B-%d", i))
		o.Sender = order.PartyID(fmt.Sprintf("S%d", i%100))
		o.Buyer = o.Sender
		if _, _, err := db.Add(b.Context(), o, order.NewDocument("application/xml", body), order.Event{Kind: order.EventReceived}); err != nil {
			b.Error(err)
		}
	})
}

func benchmarkAdd(b *testing.B, place func(testing.TB) string) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := openIn(b, place(b), Options{})
			var n atomic.Int64
			together(b, writers, func() {
				addOrder(b, db, fmt.Sprintf("B-%d", n.Add(1)))
			})
		})
	}
}

func BenchmarkUpdate(b *testing.B) { benchEach(b, benchmarkUpdate) }

func benchmarkUpdate(b *testing.B, place func(testing.TB) string) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db, ids := filled(b, place, 1000)
			var n atomic.Int64
			together(b, writers, func() {
				i := n.Add(1)
				mark(b, db, ids[i*7919%int64(len(ids))], int(i%5)+1, order.Answers()[i/int64(len(ids))%2])
			})
		})
	}
}

func BenchmarkOrder(b *testing.B) { benchEach(b, benchmarkOrder) }

func benchmarkOrder(b *testing.B, place func(testing.TB) string) {
	db, ids := filled(b, place, 1000)
	var n atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := db.Order(b.Context(), buyer, ids[n.Add(1)*7919%int64(len(ids))]); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkDocument(b *testing.B) { benchEach(b, benchmarkDocument) }

func benchmarkDocument(b *testing.B, place func(testing.TB) string) {
	db, ids := filled(b, place, 1000)
	for i := 0; b.Loop(); i++ {
		if _, err := db.Document(b.Context(), buyer, ids[i*7919%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) { benchEach(b, benchmarkList) }

func benchmarkList(b *testing.B, place func(testing.TB) string) {
	db, _ := filled(b, place, 5000)
	for _, mode := range []order.Mode{order.SentToMe, order.All} {
		for _, through := range []int64{0, 4990} {
			b.Run(fmt.Sprintf("mode=%s/through=%d", mode, through), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					q := order.Query{Party: seller, Mode: mode, After: int64(i * 100 % 4800), Through: through, Limit: 100}
					if p, err := db.List(b.Context(), q); err != nil || len(p.Items) == 0 {
						b.Fatal(len(p.Items), err)
					}
				}
			})
		}
	}
}

func BenchmarkListIdle(b *testing.B) { benchEach(b, benchmarkListIdle) }

func benchmarkListIdle(b *testing.B, place func(testing.TB) string) {
	db, _ := filled(b, place, 5000)
	for b.Loop() {
		if _, err := db.List(b.Context(), order.Query{Party: seller, Mode: order.SentToMe, After: 5000, Limit: 100}); err != nil {
			b.Fatal(err)
		}
	}
}

// together shares b.N runs of do among a number of goroutines.
func together(b *testing.B, writers int, do func()) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan struct{})
	b.ReportAllocs()
	b.ResetTimer()
	for range writers {
		go func() {
			for left.Add(-1) >= 0 {
				do()
			}
			done <- struct{}{}
		}()
	}
	for range writers {
		<-done
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// filled is a store with n orders of five lines that have reached seller.
func filled(b *testing.B, place func(testing.TB) string, n int) (*DB, []order.ID) {
	b.Helper()
	db := openIn(b, place(b), Options{})
	ids := make([]order.ID, n)
	var next atomic.Int64
	done := make(chan struct{})
	const fillers = 32
	for range fillers {
		go func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				ids[i] = addOrder(b, db, fmt.Sprintf("F-%d", i)).ID
				route(b, db, ids[i])
			}
			done <- struct{}{}
		}()
	}
	for range fillers {
		<-done
	}
	return db, ids
}

// body is a document of the usual size.
var body = []byte("<?xml version=\"1.0\"?><Order>" + strings.Repeat("<ItemDetail><LineNumber>1</LineNumber><Quantity>5</Quantity></ItemDetail>", 60) + "</Order>")
