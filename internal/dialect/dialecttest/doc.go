// Package dialecttest is the fixture for dialect tests: an exchange over a real
// store, on a real socket, with a clock, keys and a receiver of callbacks.
//
// The tests of a dialect build their world around it. A story reads
//
//	w := &world{Fixture: dialecttest.Open(t, dialecttest.TickingClock(begin))}
//	w.StartExchange(map[string]order.Rules{Source: Rules()}, Format(w.DB))
//	w.Key("good", shop, Source, auth.ModeLive, Permissions()...)
//	w.Serve(server.Config{Dialects: []server.Dialect{New(Config{Exchange: w.Exchange, …})}})
//
// and what the dialect's clients send and read is the dialect's own. A fixture
// whose e-mails are read one by one has no dispatcher: the test makes the exchange
// itself instead of calling StartExchange.
//
// The package also has what all dialect tests compare with: the bytes of an answer,
// golden files, a log, texts in several languages, and pages.
package dialecttest
