package store

import (
	"context"
	"log/slog"
	"time"
)

// Bounds of the write-ahead log. A checkpoint costs two flushes and many
// writes, so they are rare, and apart from the writer; but a log that grows
// makes every reader slower and a restart longer.
const (
	keepEvery   = time.Second      // how often the keeper looks at the log and at the files' names
	keepCommits = 500              // commits after which it moves the log into the database
	keepIdle    = 30 * time.Second // or this long after the last time, if anything was written
	maxLog      = 64 << 20         // bytes of log beyond which it is cut, waiting for readers
	alarmLog    = 4 * maxLog       // bytes at which somebody must be told: a reader never ends
)

// keeper keeps the write-ahead log small from a connection of its own.
type keeper struct {
	engine  *engine
	conn    *conn
	writer  *writer
	log     *slog.Logger
	room    *roomWatch
	quit    chan struct{}
	stopped chan struct{}
}

func newKeeper(ctx context.Context, e *engine, w *writer, log *slog.Logger) (*keeper, error) {
	k := &keeper{engine: e, writer: w, log: log,
		room: &roomWatch{path: e.path, disk: diskRoom, log: log}, quit: make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if k.conn, err = e.connect(ctx, keeping); err != nil {
		return nil, err
	}
	go k.loop()
	return k, nil
}

func (k *keeper) loop() {
	defer close(k.stopped)
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	seen, last := k.writer.commits.Load(), time.Now()
	var looked time.Time // at the disk
	for {
		select {
		case <-k.quit:
			return
		case <-tick.C:
		}
		k.writer.files.verify(context.Background()) // logs what it finds
		if now := time.Now(); now.Sub(looked) >= roomEvery {
			k.room.look(context.Background(), now)
			looked = now
		}
		commits := k.writer.commits.Load()
		if commits-seen >= keepCommits || commits > seen && time.Since(last) >= keepIdle {
			k.keep(context.Background())
			seen, last = commits, time.Now()
		}
	}
}

// keep moves the log into the database beside the writer, and cuts it when it
// has grown all the same.
func (k *keeper) keep(ctx context.Context) {
	left, err := k.engine.checkpoint(ctx, k.conn, "PASSIVE")
	if err == nil && left > maxLog {
		left, err = k.engine.checkpoint(ctx, k.conn, "TRUNCATE")
	}
	switch {
	case err != nil && !k.engine.busy(err):
		k.log.ErrorContext(ctx, "checkpoint failed", "err", err)
	case left > alarmLog:
		k.log.WarnContext(ctx, "the write-ahead log cannot be cut: some reader does not end", "bytes", left)
	}
}

func (k *keeper) close() error {
	close(k.quit)
	<-k.stopped
	return k.conn.close()
}
