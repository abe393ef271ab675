package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// lookSchema is the schema of a store, 0 for none.
func (e *engine) lookSchema(ctx context.Context) (have int, err error) {
	err = e.look(ctx, func(ctx context.Context, c *conn) (err error) {
		have, err = e.schemaVersion(ctx, c)
		return err
	})
	return have, err
}

// lookTries is how often a store that seems damaged is looked at. The file of
// one that nobody had open is read without a lock; who opens or closes it at
// this very moment puts it out of joint for those who read.
const lookTries = 3

// look reads a store without leaving a trace.
func (e *engine) look(ctx context.Context, read func(context.Context, *conn) error) (err error) {
	for try := range lookTries {
		if err = e.lookOnce(ctx, read); err == nil || !e.damaged(err) {
			return err
		}
		if try+1 < lookTries {
			time.Sleep(connectPause)
		}
	}
	return err
}

func (e *engine) damaged(err error) bool {
	f := e.explain(err)
	return f != nil && f.code == "store-damaged"
}

func (e *engine) lookOnce(ctx context.Context, read func(context.Context, *conn) error) error {
	c, err := e.connect(ctx, looking)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.control(ctx, e.beginLook); err != nil {
		return err
	}
	defer c.control(context.WithoutCancel(ctx), "ROLLBACK")
	return read(ctx, c)
}

// still is a store that is looked at and not changed: nothing is made where
// nothing is, and no step of the schema is run.
type still struct {
	where  string // the place, as Open takes it
	engine *engine
	dir    string // the data folder, or "" where there is none
	schema int    // 0 where there is no store yet
}

// lookAt finds out what is in a place.
func lookAt(ctx context.Context, where string) (s still, err error) {
	if s.where, err = parsePlace(where); err != nil {
		return s, err
	}
	if s.engine, s.dir, err = engineFor(s.where, engineOptions{}); err != nil {
		return s, err
	}
	found := false
	err = s.engine.patiently(ctx, func() (err error) {
		found, err = s.engine.find(ctx)
		return err
	})
	if err != nil {
		return s, s.engine.openFault(err)
	}
	if !found {
		return s, nil
	}
	if s.schema, err = s.engine.lookSchema(ctx); err != nil {
		return s, s.engine.openFault(err)
	}
	return s, nil
}

// same reports whether two places are one. Two that are one under different
// names are found out too: what holds a store is no empty target.
func (s still) same(other still) bool {
	return s.where == other.where || s.dir != "" && s.dir == other.dir
}

// checkSchema refuses a store whose schema is not that of this program,
// or was made by other steps.
func (s still) checkSchema(ctx context.Context) error {
	want := newest(s.engine.steps)
	if s.schema > want {
		return s.engine.newer(s.schema)
	}
	if _, err := s.engine.lookSteps(ctx); err != nil {
		return err
	}
	if s.schema < want {
		return s.engine.older(s.schema)
	}
	return nil
}

// hold refuses a store that is being served. In a data folder nobody can begin
// to serve it until release is called.
func (s still) hold(ctx context.Context, servedBy func(context.Context, *conn) (replicaAt, error)) (release func(), err error) {
	if s.dir != "" {
		return holdFolder(s.dir)
	}
	if s.schema == 0 {
		return func() {}, nil
	}
	var r replicaAt
	err = s.engine.snapshot(ctx, func(ctx context.Context, c *conn) (err error) {
		r, err = servedBy(ctx, c)
		return err
	})
	if err != nil {
		return nil, s.engine.fault(err)
	}
	if r.found {
		return nil, inService(s.engine.path, "process %d on %s", r.process, r.host)
	}
	return func() {}, nil
}

// inService refuses a store on which a process works.
func inService(where, format string, args ...any) error {
	return order.Errorf(order.Unavailable, "store-served", "%s is being served by "+format+".", append([]any{where}, args...)...).
		WithHint("Stop it first: what it takes in meanwhile would be in one store and not in the other.")
}

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

// replicaAt names a process that serves a store.
type replicaAt struct {
	found   bool
	host    string
	process int64
}
