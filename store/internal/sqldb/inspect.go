package sqldb

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// InspectSchema is the schema of a store, 0 for none.
func (e *Engine) InspectSchema(ctx context.Context) (have int, err error) {
	err = e.Inspect(ctx, func(ctx context.Context, c *Conn) (err error) {
		have, err = e.SchemaVersion(ctx, c)
		return err
	})
	return have, err
}

// inspectTries is how often a store that seems damaged is looked at. The file of
// one that was not open is read without a lock; a process that opens or closes it at
// this moment makes concurrent readers see a transient error.
const inspectTries = 3

// Inspect reads a store without leaving a trace.
func (e *Engine) Inspect(ctx context.Context, read func(context.Context, *Conn) error) (err error) {
	for try := range inspectTries {
		if err = e.inspectOnce(ctx, read); err == nil || !e.damaged(err) {
			return err
		}
		if try+1 < inspectTries {
			time.Sleep(connectPause)
		}
	}
	return err
}

func (e *Engine) damaged(err error) bool {
	f := e.Explain(err)
	return f != nil && f.Code == "store-damaged"
}

func (e *Engine) inspectOnce(ctx context.Context, read func(context.Context, *Conn) error) error {
	c, err := e.Connect(ctx, Inspecting)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Control(ctx, e.begin.inspect); err != nil {
		return err
	}
	defer c.Control(context.WithoutCancel(ctx), "ROLLBACK")
	return read(ctx, c)
}

// Inspection is a store that is looked at and not changed: nothing is made where
// nothing is, and no step of the schema is run.
type Inspection struct {
	Place  string // the place, as Open takes it
	Engine *Engine
	dir    string // the data folder, or "" where there is none
	Schema int    // 0 where there is no store yet
}

// Inspect finds out what is in a place.
func Inspect(ctx context.Context, where string) (s Inspection, err error) {
	if s.Place, err = ParsePlace(where); err != nil {
		return s, err
	}
	if s.Engine, s.dir, err = EngineFor(s.Place, EngineOptions{}); err != nil {
		return s, err
	}
	found := false
	err = s.Engine.RetryBusy(ctx, func() (err error) {
		found, err = s.Engine.Find(ctx)
		return err
	})
	if err != nil {
		return s, s.Engine.OpenError(err)
	}
	if !found {
		return s, nil
	}
	if s.Schema, err = s.Engine.InspectSchema(ctx); err != nil {
		return s, s.Engine.OpenError(err)
	}
	return s, nil
}

// Same reports whether two places are one. Two that are one under different
// names are found out too: what holds a store is not an empty target.
func (s Inspection) Same(other Inspection) bool {
	return s.Place == other.Place || s.dir != "" && s.dir == other.dir
}

// CheckSchema refuses a store whose schema is not that of this program,
// or was made by other steps.
func (s Inspection) CheckSchema(ctx context.Context) error {
	want := Newest(s.Engine.Steps)
	if s.Schema > want {
		return s.Engine.newer(s.Schema)
	}
	if _, err := s.Engine.CheckSteps(ctx); err != nil {
		return err
	}
	if s.Schema < want {
		return s.Engine.older(s.Schema)
	}
	return nil
}

// Hold refuses a store that is being served. In a data folder no process can begin
// to serve it until release is called.
func (s Inspection) Hold(ctx context.Context,
	servedBy func(context.Context, *Conn) (ServingProcess, error)) (release func(), err error) {
	if s.dir != "" {
		return shareLock(s.dir)
	}
	if s.Schema == 0 {
		return func() {}, nil
	}
	var r ServingProcess
	err = s.Engine.Snapshot(ctx, func(ctx context.Context, c *Conn) (err error) {
		r, err = servedBy(ctx, c)
		return err
	})
	if err != nil {
		return nil, s.Engine.Error(err)
	}
	if r.Found {
		return nil, inService(s.Engine.Path, "process %d on %s", r.ID, r.Host)
	}
	return func() {}, nil
}

// inService refuses a store on which a process works.
func inService(where, format string, args ...any) error {
	return order.Errorf(order.Unavailable, "store-served", "%s is being served by "+format+".",
		append([]any{where}, args...)...).
		WithHint("Stop it first: what it takes in meanwhile would be in one store and not in the other.")
}

// ServingProcess names a process that serves a store.
type ServingProcess struct {
	Found bool
	Host  string
	ID    int64
}
