package sqldb

import (
	"context"
	"log/slog"
	"time"
)

// Bounds of the write-ahead log. A checkpoint costs two flushes and many
// writes, so they are rare, and apart from the writer; but a log that grows
// makes every reader slower and a restart longer.
const (
	checkpointEvery   = time.Second      // how often the checkpointer looks at the log and at the files' names
	checkpointCommits = 500              // commits after which it moves the log into the database
	checkpointIdle    = 30 * time.Second // or this long after the last time, if anything was written
	maxLog            = 64 << 20         // bytes of log beyond which it is cut, waiting for readers
	alarmLog          = 4 * maxLog       // bytes at which the operator is warned: a reader never ends
)

// Checkpointer keeps the write-ahead log small from a connection of its own.
type Checkpointer struct {
	engine  *Engine
	Conn    *Conn
	writer  *Writer
	log     *slog.Logger
	space   *spaceWatch
	quit    chan struct{}
	stopped chan struct{}
}

func newCheckpointer(ctx context.Context, e *Engine, w *Writer, log *slog.Logger) (*Checkpointer, error) {
	k := &Checkpointer{engine: e, writer: w, log: log,
		space: &spaceWatch{path: e.Path, disk: DiskSpace, log: log},
		quit:  make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if k.Conn, err = e.Connect(ctx, Checkpointing); err != nil {
		return nil, err
	}
	go k.loop()
	return k, nil
}

func (k *Checkpointer) loop() {
	defer close(k.stopped)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	seen, last := k.writer.Commits.Load(), time.Now()
	var looked time.Time // at the disk
	for {
		select {
		case <-k.quit:
			return
		case <-tick.C:
		}
		k.writer.files.verify(context.Background()) // logs what it finds
		if now := time.Now(); now.Sub(looked) >= spaceEvery {
			k.space.look(context.Background(), now)
			looked = now
		}
		commits := k.writer.Commits.Load()
		if commits-seen >= checkpointCommits || commits > seen && time.Since(last) >= checkpointIdle {
			k.Checkpoint(context.Background())
			seen, last = commits, time.Now()
		}
	}
}

// Checkpoint moves the log into the database beside the writer, and cuts it when
// it has grown all the same.
func (k *Checkpointer) Checkpoint(ctx context.Context) {
	left, err := k.engine.Checkpoint(ctx, k.Conn, "PASSIVE")
	if err == nil && left > maxLog {
		left, err = k.engine.Checkpoint(ctx, k.Conn, "TRUNCATE")
	}
	switch {
	case err != nil && !k.engine.Busy(err):
		k.log.ErrorContext(ctx, "checkpoint failed", "err", err)
	case left > alarmLog:
		k.log.WarnContext(ctx, "the write-ahead log cannot be cut: some reader does not end", "bytes", left)
	}
}

// Close ends the checkpointer.
func (k *Checkpointer) Close() error {
	close(k.quit)
	<-k.stopped
	return k.Conn.Close()
}
