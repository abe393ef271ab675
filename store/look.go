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
