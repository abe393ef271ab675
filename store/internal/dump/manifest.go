package dump

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// Manifest says what a backup holds, so that a reader can check whether all of it
// is there. It stands in the backup itself.
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
	Steps       string                  `json:"steps,omitempty"` // SHA-256 of the list of schema steps; backups of earlier builds have none
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

// Rows returns the number of rows of a table, 0 when there is none of the name.
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
	ManifestName = "manifest"
	SealName     = "manifest seal"

	deleteManifest = `DELETE FROM meta WHERE name IN ('manifest', 'manifest seal')`
)

// write puts the manifest into the backup, with its seal.
func (m *Manifest) write(ctx context.Context, c *sqldb.Conn) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	seal := sha256.Sum256(text)
	for name, value := range map[string][]byte{ManifestName: text, SealName: seal[:]} {
		if _, err := c.Exec(ctx, sqldb.UpsertMeta, name, value); err != nil {
			return err
		}
	}
	return nil
}

// errSeal reports that a manifest is not the one that was written.
var errSeal = errors.New("its seal does not fit")

// readManifest reads the manifest of a backup; found is false in a database
// that has none.
func readManifest(ctx context.Context, c *sqldb.Conn) (m Manifest, found bool, err error) {
	var text, seal []byte
	if found, err = c.Get(ctx, sqldb.SelectMeta, []any{ManifestName}, &text); err != nil || !found {
		return m, false, err
	}
	if _, err := c.Get(ctx, sqldb.SelectMeta, []any{SealName}, &seal); err != nil {
		return m, true, err
	}
	if sum := sha256.Sum256(text); string(seal) != string(sum[:]) {
		return m, true, errSeal
	}
	return m, true, json.Unmarshal(text, &m)
}

// tables returns the tables of the backup as the manifest describes them. Their
// names go into queries, so they are looked at.
func (m Manifest) tables() (all []Table, err error) {
	own := map[string]bool{}
	for _, t := range Tables() {
		own[t.Name] = t.own
	}
	plain := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, t := range m.Tables {
		for _, name := range append([]string{t.Name}, t.Columns...) {
			if !plain.MatchString(name) {
				return nil, fmt.Errorf("the manifest names a table or column %q", name)
			}
		}
		if t.Keys < 1 || t.Keys > len(t.Columns) {
			return nil, fmt.Errorf("the manifest has for table %s a key of %d columns", t.Name, t.Keys)
		}
		all = append(all, Table{Name: t.Name, Columns: t.Columns, keys: t.Keys, own: own[t.Name]})
	}
	return all, nil
}

const (
	selectPresentEpoch = `SELECT id FROM epochs WHERE ended = 0`
	selectEveryHead    = `SELECT party, seq FROM heads`
	selectStepsTable   = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'steps'`
	selectDefinitions  = `SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name`
)

// Progress is called with what is being done, step by step. It may be nil.
type Progress func(step string)

func (p Progress) say(format string, args ...any) {
	if p != nil {
		p(fmt.Sprintf(format, args...))
	}
}

// describe fills in what a backup holds, as it is read from it.
func (m *Manifest) describe(ctx context.Context, c *sqldb.Conn, of []Table, progress Progress) (err error) {
	if _, err := c.Get(ctx, selectPresentEpoch, nil, &m.Epoch); err != nil {
		return err
	}
	if m.Heads, err = readHeads(ctx, c); err != nil {
		return err
	}
	if m.Definitions, err = digestDefinitions(ctx, c); err != nil {
		return err
	}
	m.Tables = nil
	for _, t := range of {
		progress.say("table %s", t.Name)
		sum, err := sumTable(ctx, c, t)
		if err != nil {
			return err
		}
		m.Tables = append(m.Tables, sum)
	}
	if m.Documents, err = sumDocuments(ctx, c); err != nil {
		return err
	}
	m.Steps, err = digestSteps(ctx, c)
	return err
}

// digestSteps digests the list of the schema steps, which is no content, so no
// digest of a table covers it. It is "" in a backup of a schema without that list.
func digestSteps(ctx context.Context, c *sqldb.Conn) (string, error) {
	there, err := c.Get(ctx, selectStepsTable, nil, new(int64))
	if err != nil || !there {
		return "", err
	}
	sum, err := sumTable(ctx, c, Define("steps", 1, "number name sha256 applied"))
	return sum.SHA256, err
}

// sumTable digests a table without the rows that tell of the backup itself.
func sumTable(ctx context.Context, c *sqldb.Conn, t Table) (ManifestTable, error) {
	d := newDigester(t)
	err := t.rows(ctx, c, func(values []any) error {
		if t.Name == "meta" && (values[0] == ManifestName || values[0] == SealName) {
			return nil
		}
		return d.add(values)
	})
	sum := d.sum()
	return ManifestTable{t.Name, t.Columns, t.keys, d.rows, hex.EncodeToString(sum[:])}, err
}

func sumDocuments(ctx context.Context, c *sqldb.Conn) (DocumentsSum, error) {
	count, sum, err := documentsDigest(ctx, c)
	return DocumentsSum{count, hex.EncodeToString(sum[:])}, err
}

func readHeads(ctx context.Context, c *sqldb.Conn) (map[order.PartyID]int64, error) {
	heads := map[order.PartyID]int64{}
	var party string
	var seq int64
	err := c.Each(ctx, selectEveryHead, nil, []any{&party, &seq}, func() { heads[order.PartyID(party)] = seq })
	return heads, err
}

// digestDefinitions digests the text of the schema: triggers and indexes are
// part of what a store promises, and no table's digest covers them.
func digestDefinitions(ctx context.Context, c *sqldb.Conn) (string, error) {
	h := sha256.New()
	var row []byte
	var kind, name, of, text string
	err := c.Each(ctx, selectDefinitions, nil, []any{&kind, &name, &of, &text}, func() {
		row = row[:0]
		for _, s := range []string{kind, name, of, text} {
			row = appendSized(row, markText, s)
		}
		h.Write(row)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// The marks of values in a digest. A number is eight bytes, a text and bytes
// have their length in eight bytes before them, so that no two different rows
// are written alike.
const (
	markNull   = 0
	markNumber = 1
	markText   = 2
	markBytes  = 3
)

// digester makes one SHA-256 of rows. Equal rows in equal order have an equal
// digest in every engine.
type digester struct {
	hash hash.Hash
	row  []byte // used again, so that it grows to the longest row and no further
	rows int64
}

// newDigester begins the digest of a table with its name and columns: those of
// two empty tables differ.
func newDigester(t Table) *digester {
	d := &digester{hash: sha256.New()}
	for _, name := range append([]string{t.Name}, t.Columns...) {
		d.row = appendSized(d.row, markText, name)
	}
	d.hash.Write(d.row)
	return d
}

func (d *digester) add(values []any) (err error) {
	d.row = d.row[:0]
	for _, v := range values {
		if d.row, err = appendValue(d.row, v); err != nil {
			return err
		}
	}
	d.hash.Write(d.row)
	d.rows++
	return nil
}

func (d *digester) sum() (sum [sha256.Size]byte) {
	d.hash.Sum(sum[:0])
	return sum
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, markNull), nil
	case int64:
		return binary.BigEndian.AppendUint64(append(b, markNumber), uint64(v)), nil
	case string:
		return appendSized(b, markText, v), nil
	case []byte:
		return appendSized(b, markBytes, v), nil
	}
	return nil, fmt.Errorf("a value is a %T, and neither a number nor a text nor bytes", v)
}

func appendSized[T string | []byte](b []byte, mark byte, v T) []byte {
	return append(binary.BigEndian.AppendUint64(append(b, mark), uint64(len(v))), v...)
}

// DigestTable returns the number of rows of a table and a digest of all that
// they hold, in the order of the key. It keeps one row in memory at a time.
func DigestTable(ctx context.Context, c *sqldb.Conn, t Table) (rows int64, sum [sha256.Size]byte, err error) {
	d := newDigester(t)
	if err := t.rows(ctx, c, d.add); err != nil {
		return 0, sum, err
	}
	return d.rows, d.sum(), nil
}

// selectDigests goes through the orders by their id, in both engines without
// sorting.
const selectDigests = `SELECT o.id, d.sha256 FROM orders o CROSS JOIN documents d WHERE d.order_n = o.n ORDER BY o.id`

// documentsDigest returns the number of documents and one digest of all: of the
// id of each order and the digest of its document, ordered by the id. It does
// not look at the documents themselves.
func documentsDigest(ctx context.Context, c *sqldb.Conn) (documents int64, sum [sha256.Size]byte, err error) {
	d := &digester{hash: sha256.New()}
	var id string
	var digest []byte
	err = c.Walk(ctx, selectDigests, nil, []any{&id, &digest}, func() error { return d.add([]any{id, digest}) })
	if err != nil {
		return 0, sum, &tableFault{table: "documents", err: err}
	}
	return d.rows, d.sum(), nil
}
