package store

import (
	"context"
	"fmt"

	"github.com/bookgate/bookgate/order"
)

// lineRow is a row of lines. It is comparable, so that a change shows.
type lineRow struct {
	number, quantity         int64
	adjustment               bool
	adjusts                  int64
	status                   string
	changed                  int64
	products, answer, detail string
}

const (
	selectLines = `SELECT number, quantity, adjustment, adjusts, status, changed, products, answer, detail
		FROM lines WHERE order_n = $1 ORDER BY place`
	insertLine = `INSERT INTO lines (order_n, place, number, quantity, adjustment, adjusts, status, changed, products, answer, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	updateLine = `UPDATE lines SET number = $1, quantity = $2, adjustment = $3, adjusts = $4, status = $5, changed = $6,
		products = $7, answer = $8, detail = $9 WHERE order_n = $10 AND place = $11`
	deleteLines = `DELETE FROM lines WHERE order_n = $1 AND place >= $2`
)

func newLineRows(lines []order.Line) ([]lineRow, error) {
	rows := make([]lineRow, len(lines))
	for i := range lines {
		var err error
		if rows[i], err = newLineRow(&lines[i]); err != nil {
			return nil, fmt.Errorf("write line %d: %w", lines[i].Number, err)
		}
	}
	return rows, nil
}

func newLineRow(l *order.Line) (r lineRow, err error) {
	r = lineRow{
		number: int64(l.Number), quantity: l.Quantity, adjustment: l.Adjustment, adjusts: int64(l.Adjusts),
		status: string(l.Status), changed: micros(l.Changed),
	}
	if r.products, err = toJSON(l.Products); err != nil {
		return r, err
	}
	if !l.Answer.Empty() {
		if r.answer, err = toJSON(l.Answer); err != nil {
			return r, err
		}
	}
	r.detail, err = toJSON(&l.Detail)
	return r, err
}

func readLines(rows []lineRow) ([]order.Line, error) {
	lines := make([]order.Line, len(rows))
	for i := range rows {
		if err := rows[i].read(&lines[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", rows[i].number, err)
		}
	}
	return lines, nil
}

func (r *lineRow) read(l *order.Line) error {
	l.Number, l.Quantity, l.Adjustment, l.Adjusts = int(r.number), r.quantity, r.adjustment, int(r.adjusts)
	l.Status, l.Changed = order.Status(r.status), fromMicros(r.changed)
	if err := fromJSON(r.products, &l.Products); err != nil {
		return err
	}
	if err := fromJSON(r.answer, &l.Answer); err != nil {
		return err
	}
	return fromJSON(r.detail, &l.Detail)
}

// keptLines is a copy of lines with times as they come back from the store.
func keptLines(lines []order.Line) []order.Line {
	lines = append([]order.Line(nil), lines...)
	for i := range lines {
		lines[i].Changed = kept(lines[i].Changed)
	}
	return lines
}

func selectLineRows(ctx context.Context, c *conn, n int64) (rows []lineRow, err error) {
	var r lineRow
	dest := []any{&r.number, &r.quantity, &r.adjustment, &r.adjusts, &r.status, &r.changed, &r.products, &r.answer, &r.detail}
	err = c.each(ctx, selectLines, []any{n}, dest, func() { rows = append(rows, r) })
	return rows, err
}

func insertLines(ctx context.Context, c *conn, n int64, rows []lineRow) error {
	return replaceLines(ctx, c, n, nil, rows)
}

// replaceLines writes the lines that are new or differ from those kept.
func replaceLines(ctx context.Context, c *conn, n int64, was, is []lineRow) error {
	for place, r := range is {
		var err error
		switch {
		case place >= len(was):
			_, err = c.exec(ctx, insertLine, n, place, r.number, r.quantity, number(r.adjustment), r.adjusts, r.status, r.changed, r.products, r.answer, r.detail)
		case r != was[place]:
			_, err = c.exec(ctx, updateLine, r.number, r.quantity, number(r.adjustment), r.adjusts, r.status, r.changed, r.products, r.answer, r.detail, n, place)
		}
		if err != nil {
			return err
		}
	}
	if len(is) >= len(was) {
		return nil
	}
	_, err := c.exec(ctx, deleteLines, n, len(is))
	return err
}

// number keeps a truth as 0 or 1, which both engines take for an integer.
func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
