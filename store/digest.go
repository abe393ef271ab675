package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
)

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
func newDigester(t table) *digester {
	d := &digester{hash: sha256.New()}
	for _, name := range append([]string{t.name}, t.columns...) {
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

// digestTable gives the number of rows of a table and a digest of all that
// they hold, in the order of the key. It keeps one row in memory at a time.
func digestTable(ctx context.Context, c *conn, t table) (rows int64, sum [sha256.Size]byte, err error) {
	d := newDigester(t)
	if err := t.rows(ctx, c, d.add); err != nil {
		return 0, sum, err
	}
	return d.rows, d.sum(), nil
}

// selectDigests goes through the orders by their id, in both engines without
// sorting.
const selectDigests = `SELECT o.id, d.sha256 FROM orders o CROSS JOIN documents d WHERE d.order_n = o.n ORDER BY o.id`

// documentsDigest gives the number of documents and one digest of all: of the
// id of each order and the digest of its document, ordered by the id. It does
// not look at the documents themselves.
func documentsDigest(ctx context.Context, c *conn) (documents int64, sum [sha256.Size]byte, err error) {
	d := &digester{hash: sha256.New()}
	var id string
	var digest []byte
	err = c.walk(ctx, selectDigests, nil, []any{&id, &digest}, func() error { return d.add([]any{id, digest}) })
	if err != nil {
		return 0, sum, &tableFault{table: "documents", err: err}
	}
	return d.rows, d.sum(), nil
}
