package editx

import (
	"io"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// statusReportDocument is the OrderStatusReport, in the shape of [reply].
var statusReportDocument = document[reply]{
	root:           field{name: statusReportRoot, use: needed, children: replyElements(nameReportNumber, reportReferences, true)},
	versions:       []string{"1.0", "1.1"},
	discardUnknown: true,
	validate: func(r *reader, into *reply, begins xmlread.Pos) error {
		r.validateReply(into, begins, "/"+statusReportRoot)
		return nil
	},
}

// EncodeStatusReport writes how an order stands as an OrderStatusReport: as
// EncodeResponse does, save that copies which have left are ShippedQuantity and
// not QuantityShipping. Packages are not known here and not written.
func EncodeStatusReport(w io.Writer, o *order.Order) error {
	report := replyTo(o, reportReferences)
	for i := range report.Lines {
		if l := &report.Lines[i]; shipped(o.Lines[i].Status) {
			l.Shipped, l.Shipping = l.Shipping, nil
		}
	}
	return writeReply(w, &statusReportDocument, &report)
}
