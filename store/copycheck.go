package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// mostNamed is how many damaged documents are named: enough to see what they
// have in common, and no more than a screen holds.
const mostNamed = 10

const (
	selectOrderID = `SELECT id FROM orders WHERE n = $1`
	countKept     = `SELECT count(*) FROM documents WHERE dropped = 0`
)

// checkDocuments refuses a source with documents that would not be served: a
// copy must not be trusted more than what it was made of.
func (k *copying) checkDocuments(ctx context.Context) error {
	if k.options.Damaged {
		return nil
	}
	var ids []string
	damaged := 0
	err := k.from.engine.snapshot(ctx, func(ctx context.Context, c *conn) (err error) {
		var of int64
		if _, err := c.get(ctx, countKept, nil, &of); err != nil {
			return &tableFault{table: "documents", err: err}
		}
		ids, damaged, err = damagedDocuments(ctx, c, func(done int64) { k.options.Progress(Checking, "documents", done, of) })
		return err
	})
	if err != nil {
		return k.fault(err)
	}
	if damaged == 0 {
		return nil
	}
	if damaged > len(ids) {
		ids = append(ids, fmt.Sprintf("and %d more", damaged-len(ids)))
	}
	return order.Errorf(order.Internal, "copy-damaged", "The stored document of %d orders is damaged in %s: %s. Nothing was copied.",
		damaged, k.from.engine.path, strings.Join(ids, ", ")).
		WithHint("Restore it from a backup, or copy it as it is with --damaged: it is not served there either, and all else is.")
}

const selectKept = `SELECT order_n, media_type, sha256, size, body FROM documents WHERE dropped = 0 ORDER BY order_n`

// damagedDocuments unpacks every document that is still kept, and gives the
// number of those that are not what came in, with the ids of the first orders.
// checked is told how many it has seen.
func damagedDocuments(ctx context.Context, c *conn, checked func(done int64)) (ids []string, damaged int, err error) {
	var numbers []int64
	var n, done int64
	var k packed
	var digest []byte
	err = c.walk(ctx, selectKept, nil, []any{&n, &k.mediaType, &digest, &k.size, &k.body}, func() error {
		if done++; done%insertRows == 0 {
			checked(done)
		}
		if k.soundWith(digest) {
			return nil
		}
		if damaged++; damaged <= mostNamed {
			numbers = append(numbers, n)
		}
		return nil
	})
	if err != nil {
		return nil, 0, &tableFault{table: "documents", err: err}
	}
	checked(done)
	for _, n := range numbers {
		var id string
		if _, err := c.get(ctx, selectOrderID, []any{n}, &id); err != nil {
			return nil, 0, &tableFault{table: "orders", err: err}
		}
		ids = append(ids, id)
	}
	return ids, damaged, nil
}

// soundWith reports whether a document is the one that has the digest.
func (k packed) soundWith(digest []byte) bool {
	if copy(k.sha256[:], digest) != len(digest) {
		return false
	}
	_, err := k.unpack()
	return err == nil
}
