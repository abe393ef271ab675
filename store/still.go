package store

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

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
