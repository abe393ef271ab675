package editx

import (
	"io"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// AckStatus tells what became of a message, or of one document in it, before
// anybody looked at its business.
type AckStatus string

// The statuses of EDItX's AcknowledgementStatusCode.
const (
	AckAccepted        AckStatus = "Accepted"        // taken
	AckAcceptedDelayed AckStatus = "AcceptedDelayed" // taken, and processed later
	AckXMLErrors       AckStatus = "XMLErrors"       // no acceptable XML
	AckSchemaErrors    AckStatus = "SchemaErrors"    // XML, and not what the document type asks for
	AckPayloadErrors   AckStatus = "PayloadErrors"   // the header of the message and its documents contradict each other
	AckInvalidDocument AckStatus = "InvalidDocument" // a type or version that is not taken
	AckOutOfSequence   AckStatus = "OutOfSequence"   // a message number was left out
)

// Acknowledgement is the answer to a message: its header given back, what
// became of it, and of each document in it.
type Acknowledgement struct {
	Header    MessageHeader // of the message that is acknowledged
	Status    AckStatus
	Documents []DocumentAcknowledgement
	Messages  []string // for people
}

// DocumentAcknowledgement tells what became of one document of a message.
type DocumentAcknowledgement struct {
	Number         int    // its place in the payload, from 1
	DocumentNumber string // OrderNumber, when it could be read
	Status         AckStatus
	Location       string // the address of the order, when it was accepted
	Findings       []Finding
}

// AckStatusOf gives the status that a refusal by this package stands for, and
// Accepted for nil.
func AckStatusOf(err error) AckStatus {
	switch code := order.CodeOf(err); {
	case err == nil:
		return AckAccepted
	case strings.HasPrefix(code, "xml-"):
		return AckXMLErrors
	case code == "editx-root", code == "editx-namespace", code == "editx-envelope", code == "editx-version":
		return AckInvalidDocument
	case code == "editx-documents", code == "message-empty":
		return AckPayloadErrors
	}
	return AckSchemaErrors
}

// EncodeAcknowledgement writes an EDItXMessageAcknowledgement.
//
// There is no public schema. What is public says that it returns the main
// elements of the header and a status of the code list; so it is written as the
// EDItXMessageHeader of the message and one AcknowledgementStatusCode [inferred].
// Behind them stand, as an addition of ours, one DocumentAcknowledgement for
// each document, and the Message that any EDItX document may have: a reader who
// knows the status alone has what it needs before it comes to them.
func EncodeAcknowledgement(w io.Writer, a Acknowledgement) error {
	a.Documents = append([]DocumentAcknowledgement(nil), a.Documents...)
	for i := range a.Documents {
		a.Documents[i].Findings = printable(a.Documents[i].Findings)
	}
	return writeDocument(w, &acknowledgementDocument, &a, a.Header.Version)
}

// printable is findings without characters that XML does not have: they may
// tell of a document that was refused because of them.
func printable(findings []Finding) []Finding {
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			if xmlread.Forbidden(r) {
				return '\ufffd'
			}
			return r
		}, strings.ToValidUTF8(s, "\ufffd"))
	}
	out := append([]Finding(nil), findings...)
	for i := range out {
		f := &out[i]
		f.Path, f.Value, f.Message = clean(f.Path), clean(f.Value), clean(f.Message)
	}
	return out
}

// DecodeAcknowledgement reads what EncodeAcknowledgement writes, and an
// acknowledgement of header and status alone.
func DecodeAcknowledgement(body []byte) (Acknowledgement, []Finding, error) {
	return acknowledgementDocument.read(body, Trade)
}
