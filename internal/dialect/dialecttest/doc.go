// Package dialecttest is the house in which a dialect is tested: an exchange over a
// real store, on a real socket, with a clock, keys and somebody who listens to
// callbacks.
//
// The tests of a dialect build their world around it. A story reads
//
//	w := &world{House: dialecttest.Open(t, dialecttest.Ticking(begin))}
//	w.Trade(map[string]order.Rules{Source: Rules()}, Format(w.DB))
//	w.Key("good", shop, Source, auth.ModeLive, Permissions()...)
//	w.Serve(server.Config{Dialects: []server.Dialect{New(Config{Exchange: w.Exchange, …})}})
//
// and what the dialect's clients send and read is the dialect's own. A house
// whose letters are looked at one by one has no dispatcher: it makes its exchange
// itself instead of calling Trade.
//
// Beside the house stand the ways of looking that all dialects share: the bytes of
// an answer, golden files, a log, and texts in several languages.
package dialecttest
