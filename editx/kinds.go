package editx

import "encoding/xml"

// A checker judges a whole document of one kind: every departure from EDItX
// that it finds, in any order, those that refuse the document under the
// profile marked so. It is given only documents whose root it is listed for.
type checker func(body []byte, p Profile, k decodeOptions) []Finding

// kind is a kind of document that Check knows, by its root element.
type kind struct {
	root   string
	check  checker
	inside func(r *reader, t xml.StartElement) error // reads one that a message holds
}

// inside makes the reader of a kind of document for one that a message holds.
func inside[T any](d *document[T]) func(r *reader, t xml.StartElement) error {
	return func(r *reader, t xml.StartElement) error { return d.whole(r, t, new(T)) }
}

// kinds is a function and no table, since an envelope looks up what it holds.
func kinds() []kind {
	return []kind{
		{rootName, checked(&orderDocument), inside(&orderDocument)},
		{messageRoot, checkMessage, nil}, // none holds another
		{acknowledgementRoot, checked(&acknowledgementDocument), inside(&acknowledgementDocument)},
		{responseRoot, checked(&responseDocument), inside(&responseDocument)},
		{statusReportRoot, checked(&statusReportDocument), inside(&statusReportDocument)},
		{cancellationRoot, checked(cancellationDocument(cancellationRoot)), inside(cancellationDocument(cancellationRoot))},
		{shipNoticeRoot, checked(&shipNoticeDocument), inside(&shipNoticeDocument)},
		{cancellationOtherRoot, checked(cancellationDocument(cancellationOtherRoot)), inside(cancellationDocument(cancellationOtherRoot))},
	}
}

// kindOf finds a kind by its root element.
func kindOf(root string) (kind, bool) {
	for _, k := range kinds() {
		if k.root == root {
			return k, true
		}
	}
	return kind{}, false
}
