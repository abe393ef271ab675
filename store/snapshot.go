package store

import "context"

// snapshot gives do a connection of its own that sees one state of the store
// for as long as do takes, which may be much longer than a reader is given.
func (e *engine) snapshot(ctx context.Context, do func(context.Context, *conn) error) error {
	return e.long(ctx, reading, e.beginLongRead, do)
}

// atOnce gives do a connection of its own, in a transaction that may take as
// long as it needs. All that do writes is kept, or with an error nothing.
func (e *engine) atOnce(ctx context.Context, do func(context.Context, *conn) error) error {
	return e.long(ctx, writing, e.beginLong, func(ctx context.Context, c *conn) error {
		if err := do(ctx, c); err != nil {
			return err
		}
		if _, err := c.control(c.shield(ctx), "COMMIT"); err != nil {
			return &commitFault{err}
		}
		return nil
	})
}

// commitFault tells that a transaction failed at its very end. When the
// connection broke there, it may have been kept all the same.
type commitFault struct{ err error }

func (e *commitFault) Error() string { return "commit: " + e.err.Error() }
func (e *commitFault) Unwrap() error { return e.err }

func (e *engine) long(ctx context.Context, p purpose, begin string, do func(context.Context, *conn) error) error {
	c, err := e.connect(ctx, p)
	if err != nil {
		return e.openFault(err)
	}
	defer c.close()
	if _, err := c.control(c.shield(ctx), begin); err != nil {
		return e.openFault(err)
	}
	defer c.control(context.WithoutCancel(ctx), "ROLLBACK") // fails, as it should, after the commit
	return do(ctx, c)
}

// renumber makes new orders get numbers behind those that were written with
// their own.
func (e *engine) renumber(ctx context.Context, c *conn) error {
	if e.numberBehind == "" {
		return nil
	}
	_, err := c.control(ctx, e.numberBehind)
	return err
}
