package server

import "time"

// The limits of the server.
const (
	// headerTime is how long a client may take to send its header. Real ones
	// need one packet; a client that drips is holding a connection for nothing.
	headerTime = 5 * time.Second

	// readTime bounds header and body together: 5 MiB in it are 170 kB/s,
	// which every line in the field has.
	readTime = 30 * time.Second

	// A body that a handler reads has time for its size: bodyTime, which a login
	// needs over the worst of lines, and a second more for each bodyPace bytes.
	// That makes readTime for the greatest document.
	bodyTime = 5 * time.Second
	bodyPace = bodyBytes / int64((readTime-bodyTime)/time.Second)

	// bodyStill is how long it may stand still: mobile lines break off for
	// seconds, and come back.
	bodyStill = 10 * time.Second

	// bodyPlaces is how many bodies may be on their way at once, and bodyShare
	// those of one party or address. Each holds a connection, some 30 kB. When
	// they are all taken the oldest is dropped: what comes at the pace of a
	// usual line has long gone by then.
	bodyPlaces = 1024
	bodyShare  = bodyPlaces / 4

	// bodyMemory is how many bytes the bodies of all requests may have together,
	// read or to be read: twelve of the greatest documents. Reading one into an
	// order takes its size several times over. bodyMemoryShare is what one party
	// or address has of it: three of them.
	bodyMemory      = 64 << 20
	bodyMemoryShare = bodyMemory / 4

	// memoryTime is how long a request waits for memory before it is refused, and
	// workTime for a place to work in: thousands that come within a second, as
	// when all clients connect anew, have worked by then.
	memoryTime = 10 * time.Second
	workTime   = time.Second

	// slowSend is how long one write may take before the request leaves its
	// working place for one among those that send an answer: what fits into the
	// buffers of the system takes microseconds.
	slowSend = 100 * time.Millisecond

	// sendingPlaces is how many answers may be on their way slowly, and
	// sendingShare those to one party or address. Each holds a connection and
	// the rows in hand. When they are all taken, the oldest is cut.
	sendingPlaces = 1024
	sendingShare  = sendingPlaces / 4

	// writeTime is how long a client may take for writeChunk bytes. It is
	// counted anew for every chunk, because real clients read a long list
	// slowly while they work on it; what is cut is
	// a reader slower than about 1 kB/s.
	writeTime  = 60 * time.Second
	writeChunk = 64 << 10

	// idleTime is how long a connection may wait for its next request: longer
	// than the usual poller's pause between two calls of one round, shorter
	// than what proxies keep.
	idleTime = 60 * time.Second

	// headerBytes is enough for the longest credential many times over.
	headerBytes = 32 << 10

	// bodyBytes is the greatest document (5 MiB) and a little for what stands
	// around it, so that the reader of the document can say what was too long.
	bodyBytes = 5<<20 + 64<<10

	// finishTime is how long requests may still run when the server stops;
	// together with the drain it fits into the 30 s that supervisors give.
	finishTime = 25 * time.Second

	// lastPart is the part of that time in which nothing new is begun: what came then
	// would be cut off.
	lastPart = 10

	// defaultDrain is how long the server goes on answering after it has
	// called itself unready: a balancer that asks every second or two sees it.
	defaultDrain = 5 * time.Second

	// defaultInFlight is how many requests may run at once, those not counted
	// that wait or whose body is on its way: 256 requests of some milliseconds are
	// already the better part of a second's work, so another would wait longer
	// than its client does better to wait itself.
	defaultInFlight = 256

	// Of the working places each caller has its workShares-th part, and leastWork
	// where there are few. Beyond it one may have as many as it leaves free: alone it
	// has half, two have a third each, and there are always some for others.
	workShares = 16
	leastWork  = 2

	// maxWaiting is how many requests may wait for something to happen. Each
	// holds a connection, a goroutine and their buffers, some 30 kB, and no
	// work: all together 120 MB at the worst.
	maxWaiting = 4096

	// waitingShare is how many of these one party may have as long as there is
	// any left. Beyond it a party may have as many as are free: alone one has
	// half, which is a stream in each shop of the greatest chain, two have a
	// third each, and there are always some for others.
	waitingShare = 16

	// parkedRetry is what one that may not wait is asked to stay away: a waiting
	// client would come back at once otherwise.
	parkedRetry = 5 * time.Second

	// busyRetry is what a client turned away is asked to wait. Clients in the
	// field give up beyond 5 s.
	busyRetry = time.Second

	// readyTime bounds the question whether the server is ready, so that a
	// stuck disk shows as unready and not as silence.
	readyTime = 2 * time.Second
)

// limits are those of the above that a test cannot wait for.
type limits struct {
	header, read, write, idle, finish, ready, unread, unreadStill, bodyStill, memory, slowSend time.Duration
}

func defaultLimits() limits {
	return limits{header: headerTime, read: readTime, write: writeTime, idle: idleTime, finish: finishTime, ready: readyTime,
		unread: unreadTime, unreadStill: unreadStill, bodyStill: bodyStill, memory: memoryTime, slowSend: slowSend}
}
