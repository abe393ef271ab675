// Package simulation runs the product with everything that it does not decide
// itself taken from one number, the seed. It holds tests only.
//
// The store is the real one, over SQLite in a folder in memory; so are the
// exchange, the dispatcher of webhooks, the tickets and the jobs. From the seed
// come the clocks (each process has its own, which steps), the faults of the
// database (a commit that fails, one whose answer is lost, a locked or full
// database, a read that fails, the death of the process at any statement), and the
// order in which clients, receivers and the steps of background work take their
// turns. All of it is one goroutine: while a receiver of a webhook hangs, or a
// client is between two pages, the others take turns within its turn. So the same
// seed makes the same run, and no time is waited for: days pass in milliseconds.
//
//	go test ./internal/simulation -run Replay -seed 4711 -v
//
// shows a run step by step. What a seed means changes whenever the simulation
// grows; so a fault that it finds gets a test of its own where its cause was.
//
// What is acknowledged is written into a ledger beside the store, and compared:
// no acknowledged order is lost, and none is there twice; what failed left nothing
// behind, unless its commit got no answer; change numbers are dense and stamps
// rise; history and feed show the same events; each way of polling shows every
// change; a delivery is the same at every try, and those of an order come in its
// order; what is ended stays ended; nothing is removed by a clock that is not
// believed. When faults stop, and the time has passed that is promised, nothing
// waits: that is what a lost wake-up breaks.
//
//	TestSimulation        many seeds, some seconds of them in make test
//	  control             a wake-up of deliveries is dropped
//	  control             stamps go back with the clock
//	  control             a page ends one change too late
//	TestSameSeedSameRun   the trace of a seed is the same, byte for byte
//	TestSoakSimulation    100,000 seeds
package simulation
