package editx

import (
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// acknowledgementDocument is the acknowledgement of a message.
var acknowledgementDocument = document[Acknowledgement]{
	root: field{name: acknowledgementRoot, use: needed, children: []field{
		part("EDItXMessageHeader", func(a *Acknowledgement) *MessageHeader { return &a.Header }, messageHeaderElements).needed(),
		value(nameAckStatus, ackStatus, func(a *Acknowledgement) *AckStatus { return &a.Status }).needed(),
		list(nameAckDocument, func(a *Acknowledgement) *[]DocumentAcknowledgement { return &a.Documents }, documentAckElements),
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

// freeTextMessage is a Message of type 01, free text, held as its lines.
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

// freeText is the type of message that plain text is sent as.
const freeText = "01"

// ackStatus is one of the code list. A status that is not known says nothing
// of whether the message was taken.
var ackStatus = codec[AckStatus]{
	parse: func(s string) (AckStatus, note) {
		s, _ = token.parse(s)
		if !ackStatuses.has(s) {
			return "", refuse("ack-status", "%q is no AcknowledgementStatusCode; one of %s is expected.", order.Cut(s), strings.Join(ackStatuses, ", ")).always()
		}
		return AckStatus(s), note{}
	},
	print: func(s AckStatus) string { return string(s) },
}

var ackStatuses = codes{
	string(AckAccepted), string(AckAcceptedDelayed), string(AckXMLErrors), string(AckSchemaErrors),
	string(AckPayloadErrors), string(AckInvalidDocument), string(AckOutOfSequence),
}

// place32 is a small number of which 0 means absent.
var place32 = codec[int]{
	parse: func(s string) (int, note) {
		n, said := parseInteger(s)
		return int(n), said
	},
	print: func(n int) string { return present.print(int64(n)) },
	form:  intForm,
}

// severity is written in words; a warning is the one that may be left out.
var severity = codec[Severity]{
	parse: func(s string) (Severity, note) {
		switch s, _ = token.parse(s); s {
		case Refusal.String():
			return Refusal, note{}
		case Warning.String():
			return Warning, note{}
		}
		return Warning, warn("code", "%q is no severity; warning or refusal is expected. It was taken as a warning.", order.Cut(s))
	},
	print: Severity.String,
}
