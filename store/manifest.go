package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Manifest says what a backup holds, so that whoever reads the backup can tell
// whether all of it is there. It stands in the backup itself.
type Manifest struct {
	Version     string                  `json:"version"` // of the bookgate that took it
	Engine      string                  `json:"engine"`  // of the store that it was taken of
	Schema      int                     `json:"schema"`
	Epoch       string                  `json:"epoch"`
	Taken       time.Time               `json:"taken"`
	Heads       map[order.PartyID]int64 `json:"heads"`       // the newest change number of each party
	Tables      []ManifestTable         `json:"tables"`      // in the order in which they are written
	Definitions string                  `json:"definitions"` // SHA-256 of the schema's text
	Documents   DocumentsSum            `json:"documents"`
}

// ManifestTable says what a table holds. It names the columns that the digest is
// of, so that a later bookgate, with more columns, can check it.
type ManifestTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Keys    int      `json:"keys"` // how many of the first columns are the key
	Rows    int64    `json:"rows"`
	SHA256  string   `json:"sha256"`
}

// DocumentsSum says which documents there are: it is made of the ids of their
// orders and of their own digests.
type DocumentsSum struct {
	Count  int64  `json:"count"`
	SHA256 string `json:"sha256"`
}

// Rows gives the number of rows of a table, 0 when there is none of the name.
func (m Manifest) Rows(table string) int64 {
	for _, t := range m.Tables {
		if t.Name == table {
			return t.Rows
		}
	}
	return 0
}

// Changes counts the changes that all parties could see.
func (m Manifest) Changes() (n int64) {
	for _, head := range m.Heads {
		n += head
	}
	return n
}

// The rows of meta that a backup has and a store has not. The seal is the
// SHA-256 of the manifest, which stands for all the rest.
const (
	manifestName = "manifest"
	sealName     = "manifest seal"

	deleteManifest = `DELETE FROM meta WHERE name IN ('manifest', 'manifest seal')`
)

// write puts the manifest into the backup, with its seal.
func (m *Manifest) write(ctx context.Context, c *conn) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	seal := sha256.Sum256(text)
	for name, value := range map[string][]byte{manifestName: text, sealName: seal[:]} {
		if _, err := c.exec(ctx, upsertMeta, name, value); err != nil {
			return err
		}
	}
	return nil
}

// errSeal tells that a manifest is not the one that was written.
var errSeal = errors.New("its seal does not fit")

// readManifest reads the manifest of a backup; found is false in a database
// that has none.
func readManifest(ctx context.Context, c *conn) (m Manifest, found bool, err error) {
	var text, seal []byte
	if found, err = c.get(ctx, selectMeta, []any{manifestName}, &text); err != nil || !found {
		return m, false, err
	}
	if _, err := c.get(ctx, selectMeta, []any{sealName}, &seal); err != nil {
		return m, true, err
	}
	if sum := sha256.Sum256(text); string(seal) != string(sum[:]) {
		return m, true, errSeal
	}
	return m, true, json.Unmarshal(text, &m)
}

// tables gives the tables of the backup as the manifest describes them. Their
// names go into queries, so they are looked at.
func (m Manifest) tables() (all []table, err error) {
	own := map[string]bool{}
	for _, t := range tables() {
		own[t.name] = t.own
	}
	plain := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, t := range m.Tables {
		for _, name := range append([]string{t.Name}, t.Columns...) {
			if !plain.MatchString(name) {
				return nil, fmt.Errorf("the manifest names a table or column %q", name)
			}
		}
		if t.Keys < 1 || t.Keys > len(t.Columns) {
			return nil, fmt.Errorf("the manifest gives table %s a key of %d columns", t.Name, t.Keys)
		}
		all = append(all, table{name: t.Name, columns: t.Columns, keys: t.Keys, own: own[t.Name]})
	}
	return all, nil
}
