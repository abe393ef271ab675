package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
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

func newCompressor() *compressor {
	return &compressor{writers: sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return w
	}}}
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

// checkDocument returns why a stored document is not the one that came in.
func checkDocument(d dump.StoredDocument) error {
	_, err := storedDocument{mediaType: d.MediaType, sha256: d.SHA256, size: d.Size, body: d.Body}.decompress()
	return err
}
