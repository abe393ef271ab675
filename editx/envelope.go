package editx

import (
	"encoding/xml"
	"errors"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

const (
	// maxDocuments bounds the documents of a message. Nightly batches of the
	// trade have some hundred; each document becomes an order of its own, and
	// all of them together stay within the bytes of one.
	maxDocuments = 1000

	// maxScope bounds the namespace declarations around the documents of a
	// message, in bytes: each document gets a copy. EDItX has none; a schema
	// location is 60.
	maxScope = 1 << 10

	// maxEnclosedFindings bounds what is told of all documents of a message
	// together: ten for each of the most.
	maxEnclosedFindings = 10 * maxDocuments
)

// envelope is a message as it is read.
type envelope struct {
	header   MessageHeader
	counted  xmlread.Pos // where NumberOfDocuments stands; no line when it does not
	enclosed []enclosed
	findings int // of all that is enclosed
	numbers  map[string]int
}

// enclosed is one document of a message.
type enclosed struct {
	root, version    string
	number           int         // among those of the same root, from 1
	order            order.Order // when it is one
	faults, warnings []Finding
	err              error
	begins           xmlread.Pos
	line, column     int
	body             []byte
}

// messageDocument is a function and no table: what an envelope may hold leads
// back to it.
func messageDocument() *document[envelope] {
	payload := part("EDItXMessagePayload", identity[envelope], []field{}).needed().checked(checkPayload)
	payload.each = readEnclosed
	return &document[envelope]{
		root: field{name: messageRoot, use: needed, children: []field{
			part("EDItXMessageHeader", func(env *envelope) *MessageHeader { return &env.header }, messageHeaderElements).needed().checked(checkMessageHeader),
			payload,
		}},
		versions:       messageVersions(),
		discardUnknown: true,
		validate:       validateMessage,
	}
}

var messageHeaderElements = []field{
	value("InterchangeReference", token, func(h *MessageHeader) *string { return &h.InterchangeReference }).wanted(),
	value("MessageNumber", present, func(h *MessageHeader) *int64 { return &h.MessageNumber }).wanted(),
	value("DocumentType", token, func(h *MessageHeader) *string { return &h.DocumentType }).wanted().coded(documentTypes),
	value("VersionNumber", token, func(h *MessageHeader) *string { return &h.VersionNumber }).wanted(),
	value("NumberOfDocuments", present, func(h *MessageHeader) *int64 { return &h.NumberOfDocuments }).wanted(),
	part("Sender", func(h *MessageHeader) *order.TradeParty { return &h.Sender }, partyElements).wanted(),
	part("Receiver", func(h *MessageHeader) *order.TradeParty { return &h.Receiver }, partyElements).wanted(),
	value("PurposeCode", purpose, func(h *MessageHeader) *order.Purpose { return &h.Purpose }),
	value("SentDateTime", date, func(h *MessageHeader) *order.Date { return &h.SentAt }).wanted(),
}

// currentName is a whole number whose absence is 0.
var present = codec[int64]{
	parse: parseInteger,
	print: func(n int64) string {
		if n == 0 {
			return ""
		}
		return printInteger(n)
	},
	form: intForm,
}

// checkMessageHeader remembers where the count stands, which can be compared
// only when all documents are read.
func checkMessageHeader(r *reader, f *frame) {
	if i := f.find("NumberOfDocuments"); f.seen&(1<<i) != 0 {
		r.frames[0].at.(*envelope).counted = f.positions[i]
	}
}

// checkPayload refuses an envelope with nothing in it.
func checkPayload(r *reader, f *frame) {
	if len(f.at.(*envelope).enclosed) == 0 {
		r.report(refuse("message-empty", "`<EDItXMessagePayload>` holds no document; one or more are expected, such as `<Order version=\"%s\">`.", version).always(),
			f.begins, r.path(f), "")
	}
}

// readEnclosed reads one document of the payload, whatever becomes of it.
func readEnclosed(r *reader, fr *frame, t xml.StartElement) error {
	env := fr.at.(*envelope)
	if len(env.enclosed) == maxDocuments {
		return r.tokens.Errorf(r.tokens.Start(), order.TooLarge, "editx-documents", "The message has more than %d documents.", maxDocuments).
			WithHint("Divide it into several messages.")
	}
	scope := r.tokens.Scope()
	if scope.Size() > maxScope {
		return r.tokens.Limit("declares namespaces of more than %d bytes around its documents", maxScope)
	}
	fr.bound = true
	e := enclosed{root: xmlread.QName(t.Name), version: attributeOf(t, "version"), begins: r.tokens.Start()}
	e.line, e.column = r.tokens.LineColumn(e.begins)
	if env.numbers == nil {
		env.numbers = map[string]int{}
	}
	env.numbers[e.root]++
	e.number = env.numbers[e.root]
	if err := e.read(r.tokens, r.profile, t); err != nil {
		return err
	}
	e.body = xmlread.Standalone(r.tokens.Bytes(e.begins, r.tokens.End()), t, scope)
	env.limitFindings(&e)
	env.enclosed = append(env.enclosed, e)
	return nil
}

// read reads the document by its kind, with a reader of its own on the same
// gate. An error is one of form, which is the whole message's.
func (e *enclosed) read(g *xmlread.Reader, p Profile, t xml.StartElement) error {
	level := g.Depth()
	r := &reader{tokens: g, profile: p}
	err := e.byKind(r, t)
	if ofForm(err) {
		return err
	}
	for g.Depth() >= level {
		if err := g.Skip(); err != nil {
			return err
		}
	}
	if e.faults, e.warnings, e.err = r.faults, r.warnings(), err; err == nil {
		e.err = r.refusal()
	} else {
		f := findingOf(err)
		f.Path = "/" + order.Cut(e.root)
		e.faults = append(e.faults, f)
	}
	return nil
}

// byKind finds what kind of document this is, and reads it as such.
func (e *enclosed) byKind(r *reader, t xml.StartElement) error {
	k, known := kindOf(e.root)
	switch {
	case r.tokens.Namespace() == "" && e.root == rootName:
		return orderDocument.whole(r, t, &e.order)
	case e.root == messageRoot:
		return r.refuseRoot("editx-envelope", "An `<%s>` stands inside another; a payload holds documents.", messageRoot).
			WithHint("Send each envelope as a message of its own.")
	case known:
		return k.inside(r, t)
	}
	return r.checkRoot(t, rootName, version)
}

// ofForm reports whether an error is of the XML and not of what it says: then
// nothing behind it can be read.
func ofForm(err error) bool {
	var e *order.Error
	return errors.As(err, &e) && strings.HasPrefix(e.Code, "xml-")
}

// limitFindings holds what is told of all documents together to its limit.
func (env *envelope) limitFindings(e *enclosed) {
	if env.findings += len(e.warnings); env.findings > maxEnclosedFindings {
		e.warnings = []Finding{{Code: "editx-more", Line: e.line, Column: e.column, Path: "/" + order.Cut(e.root),
			Message: "What was found in this document is not listed; the documents before it have more than enough."}}
	}
}
