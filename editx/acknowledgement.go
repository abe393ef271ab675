package editx

import (
	"io"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// AckStatus is the technical result of a message, or of one document in it,
// before its business content is considered.
type AckStatus string

// The statuses of EDItX's AcknowledgementStatusCode.
const (
	AckAccepted        AckStatus = "Accepted"        // accepted
	AckAcceptedDelayed AckStatus = "AcceptedDelayed" // accepted, and processed later
	AckXMLErrors       AckStatus = "XMLErrors"       // not acceptable XML
	AckSchemaErrors    AckStatus = "SchemaErrors"    // XML that is not valid for the document type
	AckPayloadErrors   AckStatus = "PayloadErrors"   // header and documents contradict each other
	AckInvalidDocument AckStatus = "InvalidDocument" // a type or version that is not accepted
	AckOutOfSequence   AckStatus = "OutOfSequence"   // a message number is missing
)

// Acknowledgement is the answer to a message: the message's own header, its result,
// and the result of each document in it.
type Acknowledgement struct {
	Header    MessageHeader // of the message that is acknowledged
	Status    AckStatus
	Documents []DocumentAcknowledgement
	Messages  []string // for people
}

// DocumentAcknowledgement is the result of one document of a message.
type DocumentAcknowledgement struct {
	Number         int    // its place in the payload, from 1
	DocumentNumber string // OrderNumber, when it could be read
	Status         AckStatus
	Location       string // the address of the order, when it was accepted
	Findings       []Finding
}

// AckStatusOf returns the status for an error of this package, and Accepted for
// nil.
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
// There is no public schema. Public descriptions say that it returns the main
// elements of the header and a status of the code list, so it is written as the
// EDItXMessageHeader of the message and one AcknowledgementStatusCode [inferred].
// After them come, as our addition, one DocumentAcknowledgement per document, and
// the Message that any EDItX document may have: a reader that knows the status
// alone finds it before them.
func EncodeAcknowledgement(w io.Writer, a Acknowledgement) error {
	a.Documents = append([]DocumentAcknowledgement(nil), a.Documents...)
	for i := range a.Documents {
		a.Documents[i].Findings = printable(a.Documents[i].Findings)
	}
	return writeDocument(w, &acknowledgementDocument, &a, a.Header.Version)
}

// printable returns findings without characters that XML does not have: the
// document may have been refused because of them.
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

// DecodeAcknowledgement reads an EDItXMessageAcknowledgement as
// EncodeAcknowledgement writes it, or of header and status alone.
func DecodeAcknowledgement(body []byte) (Acknowledgement, []Finding, error) {
	return acknowledgementDocument.read(body, Trade)
}

// acknowledgementDocument is the grammar of the EDItXMessageAcknowledgement.
var acknowledgementDocument = document[Acknowledgement]{
	root: field{name: acknowledgementRoot, use: needed, children: []field{
		part("EDItXMessageHeader", func(a *Acknowledgement) *MessageHeader { return &a.Header }, messageHeaderElements).
			needed(),
		value(nameAckStatus, ackStatus, func(a *Acknowledgement) *AckStatus { return &a.Status }).needed(),
		list(nameAckDocument, func(a *Acknowledgement) *[]DocumentAcknowledgement { return &a.Documents },
			documentAckElements),
		freeTextMessage(func(a *Acknowledgement) *[]string { return &a.Messages }),
	}},
	versions:       []string{"1.0", "1.2"},
	discardUnknown: true,
	validate: func(r *reader, a *Acknowledgement, _ xmlread.Pos) error {
		a.Header.Version = r.version
		return nil
	},
}

var documentAckElements = []field{
	value(nameAckDocumentPlace, place32, func(d *DocumentAcknowledgement) *int { return &d.Number }),
	value(nameAckDocumentNumber, token, func(d *DocumentAcknowledgement) *string { return &d.DocumentNumber }),
	value(nameAckStatus, ackStatus, func(d *DocumentAcknowledgement) *AckStatus { return &d.Status }).needed(),
	value(nameAckDocumentLocation, token, func(d *DocumentAcknowledgement) *string { return &d.Location }),
	list(nameAckFinding, func(d *DocumentAcknowledgement) *[]Finding { return &d.Findings }, []field{
		value("Severity", severity, func(f *Finding) *Severity { return &f.Severity }),
		value("Code", token, func(f *Finding) *string { return &f.Code }).wanted(),
		value("Line", place32, func(f *Finding) *int { return &f.Line }),
		value("Column", place32, func(f *Finding) *int { return &f.Column }),
		value("Path", token, func(f *Finding) *string { return &f.Path }),
		value("Value", plain, func(f *Finding) *string { return &f.Value }),
		value("Text", plain, func(f *Finding) *string { return &f.Message }),
	}),
}

// freeTextMessage binds a Message of type 01, free text, to its lines.
func freeTextMessage[T any](get func(*T) *[]string) field {
	lines := texts("MessageLine", get).wanted().allowForeign()
	kind := field{
		name:  "MessageType",
		parse: func(any, string) note { return note{} },
		print: func(parent any, _ int) string {
			if len(*get(parent.(*T))) == 0 {
				return ""
			}
			return freeText
		},
	}
	return part("Message", identity[T], []field{kind.wanted().written(messageTypeForm), lines})
}

// freeText is the MessageType of plain text.
const freeText = "01"

// ackStatus is a value of the code list. An unknown status is a refusal, since it
// does not say whether the message was accepted.
var ackStatus = codec[AckStatus]{
	parse: func(s string) (AckStatus, note) {
		s, _ = token.parse(s)
		if !ackStatuses.has(s) {
			return "", refuse("ack-status", "%q is not an AcknowledgementStatusCode; one of %s is expected.",
				order.Truncate(s), strings.Join(ackStatuses, ", ")).always()
		}
		return AckStatus(s), note{}
	},
	print: func(s AckStatus) string { return string(s) },
}

var ackStatuses = codes{
	string(AckAccepted), string(AckAcceptedDelayed), string(AckXMLErrors), string(AckSchemaErrors),
	string(AckPayloadErrors), string(AckInvalidDocument), string(AckOutOfSequence),
}

// place32 is a small number; 0 means absent.
var place32 = codec[int]{
	parse: func(s string) (int, note) {
		n, said := parseInteger(s)
		return int(n), said
	},
	print: func(n int) string { return present.print(int64(n)) },
	form:  intForm,
}

// severity is written as a word; an unknown one is read as a warning.
var severity = codec[Severity]{
	parse: func(s string) (Severity, note) {
		switch s, _ = token.parse(s); s {
		case Refusal.String():
			return Refusal, note{}
		case Warning.String():
			return Warning, note{}
		}
		return Warning, warn("code", "%q is not a severity; warning or refusal is expected. It was taken as a warning.",
			order.Truncate(s))
	},
	print: Severity.String,
}
