package store

import (
	"context"
	"fmt"
	"io/fs"
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

// Wanted is the schema that this program works on in the store at a place.
func Wanted(where string) (int, error) {
	e, _, err := engineFor(where, Options{})
	if err != nil {
		return 0, err
	}
	return newest(e.steps), nil
}

func (e *engine) newer(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-newer", "%s has schema %d, and this program knows schemas up to %d; nothing was changed.", e.path, have, newest(e.steps)).
		WithHint("Run the newer bookgate that wrote it, or restore a backup from before the upgrade.")
}

func (e *engine) older(have int) *order.Error {
	return order.Errorf(order.Invalid, "store-older", "%s has schema %d, and this program needs schema %d; nothing was changed.", e.path, have, newest(e.steps)).
		WithHint("%s", e.advice)
}
