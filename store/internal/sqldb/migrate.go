package sqldb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Step is one numbered change of the schema.
type Step struct {
	Number int
	Name   string
	SQL    string
}

// readSteps reads the files NNNN_words.sql of a folder, which must be numbered
// from 1 without a hole.
func readSteps(files fs.FS, dir string) ([]Step, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	var steps []Step
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		digits, _, _ := strings.Cut(path.Base(name), "_")
		if number, err := strconv.Atoi(digits); err != nil || number != i+1 {
			return nil, fmt.Errorf("schema step %s stands where number %d belongs", name, i+1)
		}
		steps = append(steps, Step{i + 1, path.Base(name), string(text)})
	}
	return steps, nil
}

// mustSteps reads steps that are part of the program.
func mustSteps(files fs.FS, dir string) []Step {
	steps, err := readSteps(files, dir)
	if err != nil {
		panic(err)
	}
	return steps
}

// Newest is the number of the last step.
func Newest(steps []Step) int { return len(steps) }

// The texts by which a row of meta is read and written.
const (
	SelectMeta = `SELECT value FROM meta WHERE name = $1`
	InsertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	UpsertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

const (
	selectSchema = `SELECT value FROM meta WHERE name = 'schema'`
	UpsertSchema = `INSERT INTO meta (name, value) VALUES ('schema', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	upsertUpgraded = `INSERT INTO meta (name, value) VALUES ('upgraded', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// SchemaVersion is the number of the last step in the database, 0 for none.
func (e *Engine) SchemaVersion(ctx context.Context, c *Conn) (int, error) {
	var tables int
	if _, err := c.Get(ctx, e.hasMeta, nil, &tables); err != nil || tables == 0 {
		return 0, err
	}
	var version []byte
	if _, err := c.Get(ctx, selectSchema, nil, &version); err != nil {
		return 0, err
	}
	return strconv.Atoi(string(version))
}

func setSchemaVersion(ctx context.Context, c *Conn, number int, now time.Time) error {
	if _, err := c.Exec(ctx, UpsertSchema, []byte(strconv.Itoa(number))); err != nil {
		return err
	}
	_, err := c.Exec(ctx, upsertUpgraded, []byte(now.UTC().Format(time.RFC3339)))
	return err
}

func (e *Engine) newer(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-newer",
		"%s has schema %d, and this program knows schemas up to %d; nothing was changed.",
		e.Path, have, Newest(e.Steps)).
		WithHint("Run the newer bookgate that wrote it, or restore a backup from before the upgrade.")
}

func (e *Engine) older(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-older",
		"%s has schema %d, and this program needs schema %d; nothing was changed.", e.Path, have, Newest(e.Steps)).
		WithHint("%s", e.advice)
}

// Upgrade is what opening a store changed in its schema.
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
	engine  *Engine
	allowed bool // to change a store that is there
	now     func() time.Time
	log     *slog.Logger
	done    Upgrade
}

// Upgrade takes the store to the newest schema, one that is there already only
// where that is allowed, and returns what was changed.
func (e *Engine) Upgrade(ctx context.Context, allowed bool, now func() time.Time, log *slog.Logger) (Upgrade, error) {
	u := upgrader{engine: e, allowed: allowed, now: now, log: log}
	err := u.run(ctx)
	return u.done, err
}

// Migrate takes a database that is being restored to the schema of this
// program. Its safety copy is the backup.
func (e *Engine) Migrate(ctx context.Context, now time.Time) error {
	fresh := *e
	fresh.BackUp = nil
	u := upgrader{engine: &fresh, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	return u.steps(ctx)
}

// run looks at the store before it changes anything. A store without schema is
// made by the first process; an older one is changed where that is allowed,
// and while no process serves it.
func (u *upgrader) run(ctx context.Context) error {
	have, err := u.engine.InspectSchema(ctx)
	if err != nil {
		return u.engine.OpenError(err)
	}
	u.done = Upgrade{From: have, To: have}
	if have > Newest(u.engine.Steps) {
		return u.engine.newer(have)
	}
	if _, err := u.engine.CheckSteps(ctx); err != nil {
		return err // the next step was not made for what these have left
	}
	switch {
	case have == Newest(u.engine.Steps):
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
	c, err := u.engine.Connect(ctx, Writing)
	if err != nil {
		return u.engine.OpenError(err)
	}
	defer c.Close()
	for {
		have, err := u.engine.SchemaVersion(ctx, c)
		switch {
		case err != nil:
			return u.engine.OpenError(err)
		case have > Newest(u.engine.Steps):
			return u.engine.newer(have)
		case have == Newest(u.engine.Steps):
			u.done.To = have
			return nil
		}
		if err := u.applyStep(ctx, c, have); err != nil {
			return u.engine.OpenError(err)
		}
	}
}

// applyStep runs the step after have in a transaction of its own: a program that is
// killed meanwhile leaves whole steps behind. A new store gets all steps in
// one, so that no process finds it older than it will be.
func (u *upgrader) applyStep(ctx context.Context, c *Conn, have int) error {
	next := u.engine.Steps[have : have+1]
	if have == 0 {
		next = u.engine.Steps
	}
	if _, err := c.SQL.ExecContext(ctx, u.engine.begin.step); err != nil {
		return err
	}
	defer c.SQL.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // fails, as it should, after the commit
	if now, err := u.engine.SchemaVersion(ctx, c); err != nil || now != have {
		return err // another process was faster
	}
	if err := u.backUp(ctx, c, have, next[0]); err != nil {
		return err
	}
	var taken []UpgradeStep
	for _, s := range next {
		begun := time.Now()
		if err := u.change(ctx, c, s); err != nil {
			return fmt.Errorf("schema step %s: %w", s.Name, err)
		}
		taken = append(taken, UpgradeStep{s.Name, time.Since(begun)})
	}
	begun := time.Now()
	if _, err := c.SQL.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit of schema step %s: %w", next[len(next)-1].Name, err)
	}
	taken[len(taken)-1].Took += time.Since(begun)
	u.note(ctx, taken)
	return nil
}

// backUp copies a store that is there as it is before the first step changes
// it. No other connection can write meanwhile.
func (u *upgrader) backUp(ctx context.Context, c *Conn, have int, before Step) (err error) {
	if have == 0 || u.engine.BackUp == nil || u.done.Copy != "" {
		return nil
	}
	if u.done.Copy, err = u.engine.BackUp(ctx, c, before); err != nil {
		return err
	}
	u.log.InfoContext(ctx, "safety copy made", "file", u.done.Copy)
	return nil
}

func (u *upgrader) change(ctx context.Context, c *Conn, s Step) error {
	if _, err := c.SQL.ExecContext(ctx, s.SQL); err != nil {
		return err
	}
	if err := setSchemaVersion(ctx, c, s.Number, u.now()); err != nil {
		return err
	}
	return u.engine.RecordSteps(ctx, c, s.Number, u.now())
}

func (u *upgrader) note(ctx context.Context, taken []UpgradeStep) {
	u.done.Steps = append(u.done.Steps, taken...)
	if u.done.From == 0 {
		return // a new store is not an upgrade
	}
	for _, s := range taken {
		u.log.InfoContext(ctx, "schema step taken", "step", s.Name, "ms", s.Took.Milliseconds())
	}
}

// A store holds the digest of each schema step that was applied to it. A step
// that is edited in place, instead of followed by another one, makes two kinds
// of store of the same number, of which a program can serve one alone.

const (
	SelectSteps = `SELECT number, sha256, applied FROM steps ORDER BY number`
	insertStep  = `INSERT INTO steps (number, name, sha256, applied) VALUES ($1, $2, $3, $4)
		ON CONFLICT (number) DO NOTHING`
)

// Digest is the SHA-256 of a step's text. Only the line ends of another system,
// which a checkout may write, are taken for those of the source.
func (s Step) Digest() [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.ReplaceAll(s.SQL, "\r\n", "\n")))
}

// Divergence is a step that was applied with another text than this program
// has under its number.
type Divergence struct {
	Step             string // the name that this program knows it by
	Applied, Program string // SHA-256 of the texts, in hexadecimal
	At               time.Time
}

// Divergences compares the steps that were applied with those of the program,
// as far as both know them. missing counts those of the first have steps of
// which the store has no digest; it is 0 in a store from before there were any.
func (e *Engine) Divergences(ctx context.Context, c *Conn, have int) (all []Divergence, missing int, err error) {
	var tables int
	if _, err := c.Get(ctx, e.hasSteps, nil, &tables); err != nil || tables == 0 {
		return nil, 0, err
	}
	known := e.Steps[:min(have, Newest(e.Steps))]
	missing = len(known)
	var number, applied int64
	var sum []byte
	err = c.Each(ctx, SelectSteps, nil, []any{&number, &sum, &applied}, func() {
		if number < 1 || number > int64(len(known)) {
			return
		}
		missing--
		s := known[number-1]
		if own := s.Digest(); !bytes.Equal(sum, own[:]) {
			all = append(all, Divergence{Step: s.Name, Applied: hex.EncodeToString(sum),
				Program: hex.EncodeToString(own[:]), At: FromMicros(applied)})
		}
	})
	return all, missing, err
}

// RecordSteps stores the digests of the first number steps, as far as the store
// has none of them and has the table for them.
func (e *Engine) RecordSteps(ctx context.Context, c *Conn, number int, now time.Time) error {
	var tables int
	if _, err := c.Get(ctx, e.hasSteps, nil, &tables); err != nil || tables == 0 {
		return err
	}
	for _, s := range e.Steps[:min(number, Newest(e.Steps))] {
		sum := s.Digest()
		if _, err := c.Exec(ctx, insertStep, int64(s.Number), s.Name, sum[:], Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// CheckSteps refuses a store to which other steps were applied than this program
// has. missing is as in [Engine.Divergences].
func (e *Engine) CheckSteps(ctx context.Context) (missing int, err error) {
	var differ []Divergence
	err = e.Inspect(ctx, func(ctx context.Context, c *Conn) error {
		have, err := e.SchemaVersion(ctx, c)
		if err == nil && have > 0 {
			differ, missing, err = e.Divergences(ctx, c, have)
		}
		return err
	})
	if err != nil {
		return 0, e.OpenError(err)
	}
	if len(differ) > 0 {
		return 0, DivergedError(order.Invalid, e.Path, differ)
	}
	return missing, nil
}

// shownDigest is how many digits of a digest are shown: enough to tell two
// texts apart.
const shownDigest = 12

const divergedHint = "The store and this program come from different builds. Run the build that the store was " +
	"made with; what was applied cannot be changed afterwards. bookgate db status lists the steps."

// DivergedError refuses a store to which other steps were applied.
func DivergedError(kind order.Kind, where string, differ []Divergence) *order.Error {
	e := order.Errorf(kind, "store-diverged", "%s was made by another build: %s; nothing was changed.", where,
		differ[0]).
		WithHint(divergedHint)
	for _, d := range differ[1:] {
		e = e.WithField(order.Field{Message: sentence("So does " + d.String())})
	}
	return e
}

// String says what differs, without the beginning and the end of a sentence.
func (d Divergence) String() string {
	return fmt.Sprintf("schema step %s was applied with another text (SHA-256 %.*s…) than this program has (%.*s…)",
		d.Step, shownDigest, d.Applied, shownDigest, d.Program)
}
