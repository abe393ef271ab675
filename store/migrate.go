package store

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

// step is one numbered change of the schema.
type step struct {
	number int
	name   string
	sql    string
}

// readSteps reads the files NNNN_words.sql of a folder, which must be numbered
// from 1 without a hole.
func readSteps(files fs.FS, dir string) ([]step, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	var steps []step
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		digits, _, _ := strings.Cut(path.Base(name), "_")
		if number, err := strconv.Atoi(digits); err != nil || number != i+1 {
			return nil, fmt.Errorf("schema step %s stands where number %d belongs", name, i+1)
		}
		steps = append(steps, step{i + 1, path.Base(name), string(text)})
	}
	return steps, nil
}

// mustSteps reads steps that are part of the program; a test reads them too.
func mustSteps(files fs.FS, dir string) []step {
	steps, err := readSteps(files, dir)
	if err != nil {
		panic(err)
	}
	return steps
}

func newest(steps []step) int { return len(steps) }

const (
	selectSchema = `SELECT value FROM meta WHERE name = 'schema'`
	upsertSchema = `INSERT INTO meta (name, value) VALUES ('schema', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	upsertUpgraded = `INSERT INTO meta (name, value) VALUES ('upgraded', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// schemaVersion is the number of the last step in the database, 0 for none.
func (e *engine) schemaVersion(ctx context.Context, c *conn) (int, error) {
	var tables int
	if _, err := c.get(ctx, e.hasMeta, nil, &tables); err != nil || tables == 0 {
		return 0, err
	}
	var version []byte
	if _, err := c.get(ctx, selectSchema, nil, &version); err != nil {
		return 0, err
	}
	return strconv.Atoi(string(version))
}

func setSchemaVersion(ctx context.Context, c *conn, number int, now time.Time) error {
	if _, err := c.exec(ctx, upsertSchema, []byte(strconv.Itoa(number))); err != nil {
		return err
	}
	_, err := c.exec(ctx, upsertUpgraded, []byte(now.UTC().Format(time.RFC3339)))
	return err
}

func (e *engine) newer(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-newer", "%s has schema %d, and this program knows schemas up to %d; nothing was changed.", e.path, have, newest(e.steps)).
		WithHint("Run the newer bookgate that wrote it, or restore a backup from before the upgrade.")
}

func (e *engine) older(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-older", "%s has schema %d, and this program needs schema %d; nothing was changed.", e.path, have, newest(e.steps)).
		WithHint("%s", e.advice)
}

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

// A store holds the digest of each schema step that was applied to it. A step
// that is edited in place, instead of followed by another one, makes two kinds
// of store of the same number, of which a program can serve one alone.

const (
	selectSteps = `SELECT number, sha256, applied FROM steps ORDER BY number`
	insertStep  = `INSERT INTO steps (number, name, sha256, applied) VALUES ($1, $2, $3, $4)
		ON CONFLICT (number) DO NOTHING`
)

// digest is the SHA-256 of a step's text. Only the line ends of another system,
// which a checkout may write, are taken for those of the source.
func (s step) digest() [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.ReplaceAll(s.sql, "\r\n", "\n")))
}

// Divergence is a step that was applied with another text than this program
// has under its number.
type Divergence struct {
	Step             string // the name that this program knows it by
	Applied, Program string // SHA-256 of the texts, in hexadecimal
	At               time.Time
}

// divergences compares the steps that were applied with those of the program,
// as far as both know them. missing counts those of the first have steps of
// which the store has no digest; it is 0 in a store from before there were any.
func (e *engine) divergences(ctx context.Context, c *conn, have int) (all []Divergence, missing int, err error) {
	var tables int
	if _, err := c.get(ctx, e.hasSteps, nil, &tables); err != nil || tables == 0 {
		return nil, 0, err
	}
	known := e.steps[:min(have, newest(e.steps))]
	missing = len(known)
	var number, applied int64
	var sum []byte
	err = c.each(ctx, selectSteps, nil, []any{&number, &sum, &applied}, func() {
		if number < 1 || number > int64(len(known)) {
			return
		}
		missing--
		s := known[number-1]
		if own := s.digest(); !bytes.Equal(sum, own[:]) {
			all = append(all, Divergence{Step: s.name, Applied: hex.EncodeToString(sum), Program: hex.EncodeToString(own[:]),
				At: fromMicros(applied)})
		}
	})
	return all, missing, err
}

// recordSteps stores the digests of the first number steps, as far as the store
// has none of them and has the table for them.
func (e *engine) recordSteps(ctx context.Context, c *conn, number int, now time.Time) error {
	var tables int
	if _, err := c.get(ctx, e.hasSteps, nil, &tables); err != nil || tables == 0 {
		return err
	}
	for _, s := range e.steps[:min(number, newest(e.steps))] {
		sum := s.digest()
		if _, err := c.exec(ctx, insertStep, int64(s.number), s.name, sum[:], micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// lookSteps refuses a store to which other steps were applied than this program
// has. missing is as in divergences.
func (e *engine) lookSteps(ctx context.Context) (missing int, err error) {
	var differ []Divergence
	err = e.look(ctx, func(ctx context.Context, c *conn) error {
		have, err := e.schemaVersion(ctx, c)
		if err == nil && have > 0 {
			differ, missing, err = e.divergences(ctx, c, have)
		}
		return err
	})
	if err != nil {
		return 0, e.openFault(err)
	}
	if len(differ) > 0 {
		return 0, diverged(order.Invalid, e.path, differ)
	}
	return missing, nil
}

// shownDigest is how many digits of a digest are shown: enough to tell two
// texts apart.
const shownDigest = 12

const divergedHint = "The store and this program come from different builds. Run the build that the store was made with; " +
	"what was applied cannot be changed afterwards. bookgate db status lists the steps."

// diverged refuses a store to which other steps were applied.
func diverged(kind order.Kind, where string, differ []Divergence) *order.Error {
	e := order.Errorf(kind, "store-diverged", "%s was made by another build: %s; nothing was changed.", where, differ[0]).
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

const (
	selectMeta = `SELECT value FROM meta WHERE name = $1`
	insertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	upsertMeta = `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// bringUp takes a database that is being restored to the schema of this
// program. Its safety copy is the backup.
func (e *engine) bringUp(ctx context.Context, now time.Time) error {
	fresh := *e
	fresh.secure = nil
	u := upgrader{engine: &fresh, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	return u.steps(ctx)
}
