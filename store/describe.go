package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/bookgate/bookgate/order"
)

const (
	selectEveryHead   = `SELECT party, seq FROM heads`
	selectDefinitions = `SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name`
)

// Progress is told what is being done, step by step. It may be nil.
type Progress func(step string)

func (p Progress) say(format string, args ...any) {
	if p != nil {
		p(fmt.Sprintf(format, args...))
	}
}

// describe fills in what a backup holds, as it is read from it.
func (m *Manifest) describe(ctx context.Context, c *conn, of []table, progress Progress) (err error) {
	if _, err := c.get(ctx, selectEpoch, nil, &m.Epoch); err != nil {
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
		progress.say("table %s", t.name)
		sum, err := sumTable(ctx, c, t)
		if err != nil {
			return err
		}
		m.Tables = append(m.Tables, sum)
	}
	m.Documents, err = sumDocuments(ctx, c)
	return err
}

// sumTable digests a table without the rows that tell of the backup itself.
func sumTable(ctx context.Context, c *conn, t table) (ManifestTable, error) {
	d := newDigester(t)
	err := t.rows(ctx, c, func(values []any) error {
		if t.name == "meta" && (values[0] == manifestName || values[0] == sealName) {
			return nil
		}
		return d.add(values)
	})
	sum := d.sum()
	return ManifestTable{t.name, t.columns, t.keys, d.rows, hex.EncodeToString(sum[:])}, err
}

func sumDocuments(ctx context.Context, c *conn) (DocumentsSum, error) {
	count, sum, err := documentsDigest(ctx, c)
	return DocumentsSum{count, hex.EncodeToString(sum[:])}, err
}

func readHeads(ctx context.Context, c *conn) (map[order.PartyID]int64, error) {
	heads := map[order.PartyID]int64{}
	var party string
	var seq int64
	err := c.each(ctx, selectEveryHead, nil, []any{&party, &seq}, func() { heads[order.PartyID(party)] = seq })
	return heads, err
}

// digestDefinitions digests the text of the schema: triggers and indexes are
// part of what a store promises, and no table's digest covers them.
func digestDefinitions(ctx context.Context, c *conn) (string, error) {
	h := sha256.New()
	var row []byte
	var kind, name, of, text string
	err := c.each(ctx, selectDefinitions, nil, []any{&kind, &name, &of, &text}, func() {
		row = row[:0]
		for _, s := range []string{kind, name, of, text} {
			row = appendSized(row, markText, s)
		}
		h.Write(row)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
