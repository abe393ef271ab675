package dump

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// Bounds of what is written at once. SQLite takes 32,766 parameters in one
// statement and PostgreSQL 65,535; 256 rows of the widest table are a sixth of
// the smaller. More rows save little, as each costs more than its share of a
// message. Rows with a document are large, so their bytes are counted as well.
const (
	InsertRows  = 256
	insertBytes = 1 << 20
)

// copyTable writes all rows of a table in one store into another, where the
// table must be empty, and returns the number of rows and the digest of what was
// read. progress, which may be nil, is called with the number of rows written.
//
// The caller has begun a transaction on both: from sees one state, and
// what is written is committed whole or not at all.
func copyTable(ctx context.Context, from, to *sqldb.Conn, t Table, progress func(rows int64)) (rows int64,
	sum [sha256.Size]byte, err error) {
	d, in := newDigester(t), NewInserter(to, t)
	err = t.rows(ctx, from, func(values []any) error {
		if err := d.add(values); err != nil {
			return err
		}
		full, err := in.Add(ctx, values)
		if full && progress != nil {
			progress(d.rows)
		}
		return err
	})
	if err == nil {
		err = in.Flush(ctx)
	}
	if err != nil {
		return 0, sum, err
	}
	if progress != nil {
		progress(d.rows)
	}
	return d.rows, d.sum(), nil
}

// Inserter gathers rows of one table and writes them many at a time.
type Inserter struct {
	conn  *sqldb.Conn
	table Table
	texts map[int]string // the statements by their number of rows
	rows  int
	bytes int
	args  []any
}

// NewInserter writes into a table by a connection.
func NewInserter(c *sqldb.Conn, t Table) *Inserter {
	return &Inserter{conn: c, table: t, texts: map[int]string{}}
}

// Add takes a row; full reports that it and those before it were written.
func (in *Inserter) Add(ctx context.Context, values []any) (full bool, err error) {
	in.args = append(in.args, values...)
	in.rows++
	for _, v := range values {
		in.bytes += sizeOf(v)
	}
	if in.rows < InsertRows && in.bytes < insertBytes {
		return false, nil
	}
	return true, in.Flush(ctx)
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 8 // of a number
}

// Flush writes what is gathered, in statements of 256, 128, 64 … rows: so there
// are few different ones, and each is prepared once.
func (in *Inserter) Flush(ctx context.Context) error {
	args := in.args
	for left := in.rows; left > 0; {
		n := 1 << (bits.Len(uint(left)) - 1)
		some := n * len(in.table.Columns)
		if err := in.insert(ctx, n, args[:some]); err != nil {
			return in.table.unwritten(err)
		}
		left, args = left-n, args[some:]
	}
	clear(in.args)
	in.args, in.rows, in.bytes = in.args[:0], 0, 0
	return nil
}

func (in *Inserter) insert(ctx context.Context, rows int, args []any) error {
	text, ok := in.texts[rows]
	if !ok {
		text = in.table.insertion(rows)
		in.texts[rows] = text
	}
	written, err := in.conn.Exec(ctx, text, args...)
	if err == nil && written != int64(rows) {
		return fmt.Errorf("%d of %d rows were written", written, rows)
	}
	return err
}

// insertion is the statement that inserts a number of rows.
func (t Table) insertion(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.Name + " (" + strings.Join(t.Columns, ", ") + ") VALUES ")
	for i := range rows * len(t.Columns) {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%len(t.Columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteByte(')')
	return b.String()
}
