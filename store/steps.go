package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

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
