package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

const (
	insertDocument = `INSERT INTO documents (order_n, media_type, sha256, size, body) VALUES ($1, $2, $3, $4, $5)`
	selectDropped  = `SELECT dropped FROM documents WHERE order_n = $1`
	selectDocument = `SELECT media_type, sha256, size, body, dropped FROM documents WHERE order_n = $1`
)

// compressor compresses documents. The first level takes a quarter of the time of
// the usual one and leaves a few per cent more.
type compressor struct {
	writers sync.Pool // a gzip writer is too large to make one for each order
}

// storedDocument is a document as it is stored: compressed.
type storedDocument struct {
	mediaType string
	sha256    [sha256.Size]byte
	size      int
	body      []byte // nil when the order came without a document
	dropped   int64  // when the body was taken out of keeping
}

// compress compresses a document and makes sure of its digest: one that is wrong
// from the start would never be served.
func (p *compressor) compress(doc order.Document) (storedDocument, error) {
	if doc.MediaType == "" && len(doc.Body) == 0 {
		return storedDocument{}, nil
	}
	if sha256.Sum256(doc.Body) != doc.SHA256 {
		return storedDocument{}, fmt.Errorf("the document's digest %x is not that of its %d bytes", doc.SHA256,
			len(doc.Body))
	}
	var b bytes.Buffer
	w := p.writers.Get().(*gzip.Writer)
	defer p.writers.Put(w)
	w.Reset(&b)
	if _, err := w.Write(doc.Body); err != nil {
		return storedDocument{}, err
	}
	if err := w.Close(); err != nil {
		return storedDocument{}, err
	}
	return storedDocument{mediaType: doc.MediaType, sha256: doc.SHA256, size: len(doc.Body), body: b.Bytes()}, nil
}

// growMost bounds the memory that is allocated for a stored size, which may
// be damaged: as much as the greatest document.
const growMost = 8 << 20

// decompress returns the document, or an error: bytes that are not exactly those
// that came in are never served.
func (k storedDocument) decompress() (order.Document, error) {
	r, err := gzip.NewReader(bytes.NewReader(k.body))
	if err != nil {
		return order.Document{}, err
	}
	var b bytes.Buffer
	b.Grow(min(max(k.size, 0), growMost))
	if _, err := io.Copy(&b, io.LimitReader(r, int64(k.size)+1)); err != nil {
		return order.Document{}, err
	}
	doc := order.NewDocument(k.mediaType, b.Bytes())
	if len(doc.Body) != k.size || doc.SHA256 != k.sha256 {
		return order.Document{}, fmt.Errorf("%d bytes with sha256 %x instead of %d with %x", len(doc.Body),
			doc.SHA256, k.size, k.sha256)
	}
	return doc, nil
}

func (k storedDocument) insert(ctx context.Context, c *sqldb.Conn, n int64) error {
	if k.body == nil {
		return nil
	}
	_, err := c.Exec(ctx, insertDocument, n, k.mediaType, k.sha256[:], k.size, k.body)
	return err
}

// Document returns the message that an order came in; see [order.Store].
func (db *DB) Document(ctx context.Context, viewer order.PartyID, id order.ID) (doc order.Document, err error) {
	var k storedDocument
	var r orderRow
	var digest []byte
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if r, err = seenOrder(ctx, c, viewer, id); err != nil {
			return err
		}
		found, err := c.Get(ctx, selectDocument, []any{r.n}, &k.mediaType, &digest, &k.size, &k.body, &k.dropped)
		if err == nil && !found {
			return order.Errorf(order.NotFound, "document-not-found", "Order %s did not come in a document.", id).
				WithHint("Its EDItX form, written from the order, is at /orders/%s/editx.", id)
		}
		return err
	})
	if err != nil {
		return order.Document{}, err
	}
	copy(k.sha256[:], digest)
	if k.dropped != 0 {
		return order.Document{MediaType: k.mediaType, SHA256: k.sha256}, k.gone(r)
	}
	if doc, err = k.decompress(); err != nil {
		damage := order.Errorf(order.Internal, "document-damaged",
			"The stored document of order %s is damaged and is not served.", id).
			WithHint("The operator can restore it from a backup.")
		damage.Err = err
		return order.Document{}, damage
	}
	return doc, nil
}

// HasDocument reports whether the message that an order came in is still there;
// see [order.Store].
func (db *DB) HasDocument(ctx context.Context, viewer order.PartyID, id order.ID) (has bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		r, err := seenOrder(ctx, c, viewer, id)
		if err != nil {
			return err
		}
		var dropped int64
		found, err := c.Get(ctx, selectDropped, []any{r.n}, &dropped)
		has = found && dropped == 0
		return err
	})
	return has, err
}

// gone returns why the bytes of a document are no longer stored, and what they
// were, so that a party that still has them can prove it.
func (k storedDocument) gone(r orderRow) error {
	code, why, at := "document-expired", "as old documents here are", k.dropped
	if r.erased != 0 {
		code, why, at = "document-erased", "with the personal data of the order", r.erased
	}
	return order.Errorf(order.Gone, code,
		"The document of order %s, %d bytes with sha256 %x, was taken out of keeping at %s, %s.",
		r.id, k.size, k.sha256, sqldb.FromMicros(at).Format(time.RFC3339), why).
		WithHint("The order as it is stored is at /orders/%s/editx.", r.id)
}

// orderRow is a row of orders. It is comparable, so that a change shows.
type orderRow struct {
	n                           int64
	id, sender, number          string
	buyer, seller               string
	status, purpose, source     string
	revision, created, updated  int64
	routing, reason             string
	summary, header, extensions string
	subject, facts              string
	held                        int64
	findings                    string
	erased, retired             int64
}

const orderColumns = `n, id, sender, number, buyer, seller, status, purpose, source,
	revision, created, updated, routing, reason, summary, header, kept, subject, facts, held, findings, erased, retired`

func (r *orderRow) dest() []any {
	return []any{&r.n, &r.id, &r.sender, &r.number, &r.buyer, &r.seller, &r.status, &r.purpose, &r.source,
		&r.revision, &r.created, &r.updated, &r.routing, &r.reason, &r.summary, &r.header, &r.extensions,
		&r.subject, &r.facts, &r.held, &r.findings, &r.erased, &r.retired}
}

// newOrderRow writes an order as a row, without its lines.
func newOrderRow(o *order.Order) (r orderRow, err error) {
	r = orderRow{
		id: string(o.ID), sender: string(o.Sender), number: o.Number, buyer: string(o.Buyer), seller: string(o.Seller),
		status: string(o.Status), purpose: string(o.Header.Purpose), source: o.Source,
		revision: o.Revision, created: sqldb.Micros(o.Created), updated: sqldb.Micros(o.Updated), routing: o.Routing,
		subject: o.CustomerRef, held: number(o.OnHold),
	}
	for _, part := range []struct {
		to   *string
		from any
	}{{&r.reason, o.Reason}, {&r.summary, o.Summary}, {&r.header, o.Header}, {&r.extensions, o.Extensions},
		{&r.facts, o.Attributes}, {&r.findings, o.Findings}} {
		if *part.to, err = toJSON(part.from); err != nil {
			return r, fmt.Errorf("write order %s: %w", o.ID, err)
		}
	}
	return r, nil
}

// outline is the order as far as it decides who sees it.
func (r *orderRow) outline() order.Order {
	return order.Order{
		ID: order.ID(r.id), Sender: order.PartyID(r.sender), Buyer: order.PartyID(r.buyer),
		Seller: order.PartyID(r.seller),
		Status: order.Status(r.status), Header: order.Header{Purpose: order.Purpose(r.purpose)},
	}
}

// gone returns the error for an order that was purged, or nil.
func (r *orderRow) gone() error {
	if r.retired == 0 {
		return nil
	}
	return order.Errorf(order.Gone, "order-retired", "Order %s was taken out of keeping at %s, as old orders here are.",
		r.id, sqldb.FromMicros(r.retired).Format(time.RFC3339)).
		WithHint("Nothing of it can be read any more; its order number stays taken.")
}

// order reads the row, without lines.
func (r *orderRow) order() (o order.Order, err error) {
	o = r.outline()
	o.Revision, o.Source, o.Number, o.Routing = r.revision, r.source, r.number, r.routing
	o.CustomerRef, o.OnHold = r.subject, r.held != 0
	o.Created, o.Updated = sqldb.FromMicros(r.created), sqldb.FromMicros(r.updated)
	o.Erased, o.Purged = sqldb.FromMicros(r.erased), sqldb.FromMicros(r.retired)
	for _, part := range []struct {
		from string
		to   any
	}{{r.reason, &o.Reason}, {r.summary, &o.Summary}, {r.header, &o.Header}, {r.extensions, &o.Extensions},
		{r.facts, &o.Attributes}, {r.findings, &o.Findings}} {
		if err := fromJSON(part.from, part.to); err != nil {
			return o, fmt.Errorf("read order %s: %w", r.id, err)
		}
	}
	return o, nil
}

// toJSON writes what is stored as JSON. An empty value is the empty string, as
// most parts of most orders are. Unlike an API's answer it is never inside
// HTML, so the characters of markup stay as they are.
func toJSON(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	switch s := string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))); s {
	case "null", "{}", "[]":
		return "", nil
	default:
		return s, nil
	}
}

func fromJSON(s string, to any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), to)
}

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
	insertLine = `INSERT INTO lines
		(order_n, place, number, quantity, adjustment, adjusts, status, changed, products, answer, detail)
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
		status: string(l.Status), changed: sqldb.Micros(l.Changed),
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

func (r *lineRow) read(l *order.Line) error {
	l.Number, l.Quantity, l.Adjustment, l.Adjusts = int(r.number), r.quantity, r.adjustment, int(r.adjusts)
	l.Status, l.Changed = order.Status(r.status), sqldb.FromMicros(r.changed)
	if err := fromJSON(r.products, &l.Products); err != nil {
		return err
	}
	if err := fromJSON(r.answer, &l.Answer); err != nil {
		return err
	}
	return fromJSON(r.detail, &l.Detail)
}

// storedLines is a copy of lines with times as they come back from the store.
func storedLines(lines []order.Line) []order.Line {
	lines = append([]order.Line(nil), lines...)
	for i := range lines {
		lines[i].Changed = sqldb.RoundToMicros(lines[i].Changed)
	}
	return lines
}

// replaceLines writes the lines that are new or differ from those stored.
func replaceLines(ctx context.Context, c *sqldb.Conn, n int64, was, is []lineRow) error {
	for place, r := range is {
		var err error
		switch {
		case place >= len(was):
			_, err = c.Exec(ctx, insertLine, n, place, r.number, r.quantity, number(r.adjustment), r.adjusts,
				r.status, r.changed, r.products, r.answer, r.detail)
		case r != was[place]:
			_, err = c.Exec(ctx, updateLine, r.number, r.quantity, number(r.adjustment), r.adjusts, r.status,
				r.changed, r.products, r.answer, r.detail, n, place)
		}
		if err != nil {
			return err
		}
	}
	if len(is) >= len(was) {
		return nil
	}
	_, err := c.Exec(ctx, deleteLines, n, len(is))
	return err
}

// number returns a truth as 0 or 1, which both engines take for an integer.
func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
