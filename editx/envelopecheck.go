package editx

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// validateMessage compares the header with what the payload holds.
func validateMessage(r *reader, env *envelope, begins xmlread.Pos) error {
	h := &env.header
	h.Version = r.version
	if h.Purpose == "" && r.refused == 0 {
		h.Purpose = order.Original
		r.report(against("purpose", "The message has no PurposeCode; it was taken as Original."), begins, "/EDItXMessage/EDItXMessageHeader/PurposeCode", "")
	}
	if n := int64(len(env.enclosed)); env.counted.Line > 0 && h.NumberOfDocuments != n {
		r.report(against("message-count", "NumberOfDocuments says %d, and the payload holds %d. Look whether a document was lost.", h.NumberOfDocuments, n),
			env.counted, "/EDItXMessage/EDItXMessageHeader/NumberOfDocuments", printInteger(h.NumberOfDocuments))
	}
	first := map[string]int{}
	for i := range env.enclosed {
		e := &env.enclosed[i]
		r.compareEnclosed(h, e, i)
		if n := e.order.Number; e.err == nil && n != "" && first[n] > 0 {
			r.report(warn("message-repeats", "OrderNumber %s is also that of document %d of this message; one of them will be taken.", order.Cut(n), first[n]),
				e.begins, e.path(), n)
		} else if n != "" {
			first[n] = i + 1
		}
	}
	return nil
}

// compareEnclosed holds one document against what the header says of all.
func (r *reader) compareEnclosed(h *MessageHeader, e *enclosed, i int) {
	if h.DocumentType != "" && typeOf(e.root) != typeOf(h.DocumentType) {
		r.report(against("message-type", "Document %d is `<%s>`; the header says that all are of type %s.", i+1, order.Cut(e.root), order.Cut(h.DocumentType)),
			e.begins, e.path(), e.root)
	}
	if h.VersionNumber != "" && e.version != h.VersionNumber {
		r.report(against("message-version", "Document %d says version %q; the header says that all are of version %s.", i+1, order.Cut(e.version), order.Cut(h.VersionNumber)),
			e.begins, e.path(), e.version)
	}
}

// typeOf is the document type of a root element.
func typeOf(root string) string {
	if root == cancellationOtherRoot {
		return cancellationRoot
	}
	return root
}

func (e *enclosed) path() string {
	return fmt.Sprintf("/EDItXMessage/EDItXMessagePayload/%s[%d]", order.Cut(e.root), e.number)
}

// checkMessage judges an envelope and each document in it by its kind.
func checkMessage(body []byte, p Profile, k decodeOptions) []Finding {
	env := new(envelope)
	r, err := messageDocument().walk(body, p, k, env)
	if r == nil {
		return []Finding{findingOf(err)}
	}
	found := append(r.faults[:len(r.faults):len(r.faults)], r.warnings()...)
	if err != nil {
		found = append(found, findingOf(err))
	}
	for i := range env.enclosed {
		e := &env.enclosed[i]
		for _, f := range append(e.faults[:len(e.faults):len(e.faults)], e.warnings...) {
			f.Path = e.path() + strings.TrimPrefix(f.Path, "/"+order.Cut(e.root))
			found = append(found, f)
		}
	}
	return found
}
