package store

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// guarded runs one change and turns a panic into its error: what runs changes
// serves everybody and must outlive it.
func guarded(ctx context.Context, log *slog.Logger, c *conn, run func(context.Context, *conn) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "a change panicked and was undone", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a change panicked: %v", p)
		}
	}()
	return run(ctx, c)
}

// racedError tells that a look before the write was true no longer when the
// write came. The same work, done again, sees what was written meanwhile.
type racedError struct{ what string }

func (e *racedError) Error() string { return "taken by another writer meanwhile: " + e.what }
