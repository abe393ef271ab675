package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Upgrade tells what opening a store changed in its schema.
type Upgrade struct {
	From, To int // schemas; the same when nothing was changed
	Steps    []UpgradeStep
	Copy     string // the file with the store as it was; "" where none was made
}

// UpgradeStep is one step that was taken.
type UpgradeStep struct {
	Name string
	Took time.Duration
}

// upgrader takes a store to the newest schema.
type upgrader struct {
	engine  *engine
	allowed bool // to change a store that is there
	now     func() time.Time
	log     *slog.Logger
	done    Upgrade
}

// run looks at the store before it changes anything. A store without schema is
// made by whoever comes first; an older one is changed where that is allowed,
// and while nobody serves it.
func (u *upgrader) run(ctx context.Context) error {
	have, err := u.engine.lookSchema(ctx)
	if err != nil {
		return u.engine.openFault(err)
	}
	u.done = Upgrade{From: have, To: have}
	if have > newest(u.engine.steps) {
		return u.engine.newer(have)
	}
	if _, err := u.engine.lookSteps(ctx); err != nil {
		return err // the next step was not made for what these have left
	}
	switch {
	case have == newest(u.engine.steps):
		return nil
	case have == 0:
		return u.steps(ctx)
	case !u.allowed:
		return u.engine.older(have)
	}
	if u.engine.claim == nil {
		return u.steps(ctx)
	}
	release, err := u.engine.claim()
	if err != nil {
		return err
	}
	defer release()
	return u.steps(ctx)
}

// steps takes steps until the store has them all. Another process may do the
// same at this moment, so after each it looks again.
func (u *upgrader) steps(ctx context.Context) error {
	c, err := u.engine.connect(ctx, writing)
	if err != nil {
		return u.engine.openFault(err)
	}
	defer c.close()
	for {
		have, err := u.engine.schemaVersion(ctx, c)
		switch {
		case err != nil:
			return u.engine.openFault(err)
		case have > newest(u.engine.steps):
			return u.engine.newer(have)
		case have == newest(u.engine.steps):
			u.done.To = have
			return nil
		}
		if err := u.take(ctx, c, have); err != nil {
			return u.engine.openFault(err)
		}
	}
}

// take runs the step after have in a transaction of its own: a program that is
// killed meanwhile leaves whole steps behind. A new store gets all steps in
// one, so that nobody finds it older than it will be.
func (u *upgrader) take(ctx context.Context, c *conn, have int) error {
	next := u.engine.steps[have : have+1]
	if have == 0 {
		next = u.engine.steps
	}
	if _, err := c.sql.ExecContext(ctx, u.engine.beginStep); err != nil {
		return err
	}
	defer c.sql.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // fails, as it should, after the commit
	if now, err := u.engine.schemaVersion(ctx, c); err != nil || now != have {
		return err // another process was faster
	}
	if err := u.secure(ctx, c, have, next[0]); err != nil {
		return err
	}
	var taken []UpgradeStep
	for _, s := range next {
		begun := time.Now()
		if err := u.change(ctx, c, s); err != nil {
			return fmt.Errorf("schema step %s: %w", s.name, err)
		}
		taken = append(taken, UpgradeStep{s.name, time.Since(begun)})
	}
	begun := time.Now()
	if _, err := c.sql.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit of schema step %s: %w", next[len(next)-1].name, err)
	}
	taken[len(taken)-1].Took += time.Since(begun)
	u.note(ctx, taken)
	return nil
}

// secure keeps a store that is there as it is before the first step changes
// it. Nobody else can write meanwhile.
func (u *upgrader) secure(ctx context.Context, c *conn, have int, before step) (err error) {
	if have == 0 || u.engine.secure == nil || u.done.Copy != "" {
		return nil
	}
	if u.done.Copy, err = u.engine.secure(ctx, c, before); err != nil {
		return err
	}
	u.log.InfoContext(ctx, "safety copy made", "file", u.done.Copy)
	return nil
}

func (u *upgrader) change(ctx context.Context, c *conn, s step) error {
	if _, err := c.sql.ExecContext(ctx, s.sql); err != nil {
		return err
	}
	if err := setSchemaVersion(ctx, c, s.number, u.now()); err != nil {
		return err
	}
	return u.engine.recordSteps(ctx, c, s.number, u.now())
}

func (u *upgrader) note(ctx context.Context, taken []UpgradeStep) {
	u.done.Steps = append(u.done.Steps, taken...)
	if u.done.From == 0 {
		return // a new store is no news of the schema
	}
	for _, s := range taken {
		u.log.InfoContext(ctx, "schema step taken", "step", s.Name, "ms", s.Took.Milliseconds())
	}
}
