package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Status is what a store says of itself.
type Status struct {
	Engine  string       // name and version
	Place   string       // the file or the address, without a password
	Schema  int          // that it has; 0 for an empty database
	Wanted  int          // that this program works on
	Pending []string     // the steps in between
	Differ  []Divergence // steps that were applied with another text than this program has
	Bytes   int64        // on the disk, with what waits in the log

	Parties, Orders, Documents, Events int64
}

// Look asks a store of whatever schema for its status. It changes nothing, and
// a server may work on the store meanwhile.
func Look(ctx context.Context, where string) (Status, error) {
	e, _, err := engineFor(where, Options{})
	if err != nil {
		return Status{}, err
	}
	var found bool
	err = e.patiently(ctx, func() (err error) {
		found, err = e.find(ctx)
		return err
	})
	switch {
	case err != nil:
		return Status{}, e.openFault(err)
	case !found:
		return Status{}, order.Errorf(order.NotFound, "store-missing", "There is no store in %s.", e.path).
			WithHint("bookgate serve makes one, and so does bookgate party add.")
	}
	s := Status{Engine: e.version, Place: e.path, Wanted: newest(e.steps)}
	if err := e.look(ctx, func(ctx context.Context, c *conn) error { return s.read(ctx, e, c) }); err != nil {
		return Status{}, e.openFault(err)
	}
	return s, nil
}

const (
	rowsOfParties   = `SELECT count(*) FROM parties`
	rowsOfOrders    = `SELECT count(*) FROM orders`
	rowsOfDocuments = `SELECT count(*) FROM documents`
	rowsOfEvents    = `SELECT count(*) FROM events`
)

func (s *Status) read(ctx context.Context, e *engine, c *conn) (err error) {
	if s.Schema, err = e.schemaVersion(ctx, c); err != nil {
		return err
	}
	s.Pending = nil
	for _, next := range e.steps[min(s.Schema, s.Wanted):] {
		s.Pending = append(s.Pending, next.name)
	}
	if s.Schema > 0 {
		if s.Differ, _, err = e.divergences(ctx, c, s.Schema); err != nil {
			return err
		}
	}
	if s.Bytes, err = e.size(ctx, c); err != nil || s.Schema == 0 {
		return err
	}
	for query, into := range map[string]*int64{rowsOfParties: &s.Parties, rowsOfOrders: &s.Orders, rowsOfDocuments: &s.Documents, rowsOfEvents: &s.Events} {
		if _, err := c.get(ctx, query, nil, into); err != nil {
			return err
		}
	}
	return nil
}

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
func lookAt(ctx context.Context, where string, o Options) (s still, err error) {
	if s.where, err = parsePlace(where); err != nil {
		return s, err
	}
	if s.engine, s.dir, err = engineFor(s.where, o); err != nil {
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

const selectReplica = `SELECT host, process FROM replicas WHERE seen > $1 ORDER BY seen DESC LIMIT 1`

// servedBy looks for a process that gave a sign lately.
func servedBy(ctx context.Context, c *conn, now time.Time, host *string, process *int64) (served bool, err error) {
	r := running{}
	var text []byte
	if found, err := c.get(ctx, selectMeta, []any{metaSteps}, &text); err != nil {
		return false, err
	} else if found {
		if err := r.adopt(string(text)); err != nil {
			return false, err
		}
	}
	return c.get(ctx, selectReplica, []any{frame{r.ahead()}.of(now.Add(-silentAfter))}, host, process)
}

// hold refuses a store that is being served. In a data folder nobody can begin
// to serve it until release is called.
func (s still) hold(ctx context.Context, now time.Time) (release func(), err error) {
	if s.dir != "" {
		return holdFolder(s.dir)
	}
	if s.schema == 0 {
		return func() {}, nil
	}
	var host string
	var process int64
	found := false
	err = s.engine.snapshot(ctx, func(ctx context.Context, c *conn) (err error) {
		found, err = servedBy(ctx, c, now, &host, &process)
		return err
	})
	if err != nil {
		return nil, s.engine.fault(err)
	}
	if found {
		return nil, inService(s.engine.path, "process %d on %s", process, host)
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
