package boknett

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// conclude sets the status of an acknowledgement as a whole and says why. A
// number out of sequence is reported and refuses nothing: a lost order is worse
// than a late one.
func conclude(ack *editx.Acknowledgement, m *editx.Message, s order.Sequence) {
	n, taken := len(ack.Documents), accepted(ack.Documents)
	ack.Status = editx.AckAccepted
	for _, f := range m.Findings {
		ack.Messages = append(ack.Messages, f.Message)
		if f.Code == "message-count" || f.Code == "message-type" { // a document may have been lost on its way
			ack.Status = editx.AckPayloadErrors
		}
	}
	if taken < n || n == 0 {
		ack.Status = editx.AckPayloadErrors
		ack.Messages = append(ack.Messages,
			fmt.Sprintf("%d of %d documents were accepted; the others are listed with what is wrong.", taken, n))
	}
	if words := sequenceWords(m.Header, s); words != "" {
		ack.Status = editx.AckOutOfSequence
		ack.Messages = append(ack.Messages,
			words+" Each document was judged all the same; those that say Accepted are stored.")
	}
}

// sequenceWords returns what is wrong with a message's number, or "".
func sequenceWords(h editx.MessageHeader, s order.Sequence) string {
	switch number := h.MessageNumber; {
	case s.Differs:
		return fmt.Sprintf("Message %d under the reference %s came before with other content.", number,
			order.Truncate(h.InterchangeReference))
	case s.InOrder(number):
		return ""
	case number > s.Last+1:
		return fmt.Sprintf("Message %d came after %d: what lies between has not come.", number, s.Last)
	default:
		return fmt.Sprintf("Message %d came after %d, which is no smaller.", number, s.Last)
	}
}

// accepted counts the documents that are stored.
func accepted(rows []editx.DocumentAcknowledgement) (n int) {
	for _, row := range rows {
		if row.Status == editx.AckAccepted {
			n++
		}
	}
	return n
}

// statusOf returns the EDItX status of what became of a document. A document that
// breaks a rule of the exchange may be well-formed.
func statusOf(err error) editx.AckStatus {
	code := order.CodeOf(err)
	if err == nil || strings.HasPrefix(code, "xml-") || strings.HasPrefix(code, "editx-") {
		return editx.AckStatusOf(err)
	}
	return editx.AckPayloadErrors
}

// findingsOf makes the findings of a refused document: the values at fault with
// their places, and before them what is wrong as a whole and what to do next.
// Of content that cannot be accepted the values say it all.
func findingsOf(err error) []editx.Finding {
	var e *order.Error
	if !errors.As(err, &e) {
		return nil
	}
	content := e.Code == "editx-content" && len(e.Fields) > 0
	whole := editx.Finding{Severity: editx.Refusal, Code: e.Code, Message: e.Detail}
	var found []editx.Finding
	for _, f := range e.Fields {
		at := editx.Finding{Severity: editx.Refusal, Code: f.Code, Line: f.Line, Column: f.Column, Path: f.Path,
			Value: f.Value, Message: f.Message}
		if !content && f.Code == e.Code && strings.HasSuffix(e.Detail, f.Message) {
			whole = at // the place of the whole
			continue
		}
		found = append(found, at)
	}
	if content {
		return found
	}
	whole.Message = strings.TrimSpace(whole.Message + " " + e.Hint)
	return slices.Insert(found, 0, whole)
}
