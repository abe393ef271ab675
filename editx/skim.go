package editx

import (
	"bytes"

	"github.com/bookgate/bookgate/order"
)

// skim looks over a large document before it is read: what is longer than its
// limit would be held in memory as a whole before the gate sees it, and ten
// thousand lines would be read before the next is one too many. A small
// document can do neither. What passes is judged by the gate as ever; what only
// quotes so much inside a CDATA section is refused with the rest.
func skim(doc source, bounded string) error {
	if len(doc.bytes) <= maxText {
		return nil
	}
	s := skimmer{gate: gate{doc: doc}, rest: doc.bytes, bounded: []byte(bounded)}
	for len(s.rest) > 0 {
		if err := s.piece(); err != nil {
			return err
		}
	}
	return nil
}

// skimmer goes from tag to tag.
type skimmer struct {
	gate     gate
	rest     []byte
	bounded  []byte // how the elements begin that are counted
	comments int
	elements int
}

// The constructs that may hold any character, by how they begin and end.
var enclosures = []struct {
	begin, end []byte
	what       string
}{
	{[]byte("<!--"), []byte("-->"), "comment"},
	{[]byte("<![CDATA["), []byte("]]>"), "text"},
	{[]byte("<?"), []byte("?>"), "processing instruction"},
	{[]byte("<"), []byte(">"), "tag"},
}

// piece passes over the text before the next tag, and the tag.
func (s *skimmer) piece() error {
	next := bytes.IndexByte(s.rest, '<')
	if next < 0 {
		next = len(s.rest)
	}
	if next > maxText {
		return s.limit("has a text of more than %d bytes", maxText)
	}
	if s.rest = s.rest[next:]; len(s.rest) == 0 {
		return nil
	}
	for _, e := range enclosures {
		if bytes.HasPrefix(s.rest, e.begin) {
			return s.enclosure(e.end, e.what)
		}
	}
	return nil
}

// enclosure passes over one tag, comment or CDATA section.
func (s *skimmer) enclosure(end []byte, what string) error {
	n := bytes.Index(s.rest, end)
	if n < 0 {
		n = len(s.rest) - len(end) // the gate will say that it does not end
	}
	if n > maxText {
		return s.limit("has a "+what+" of more than %d bytes", maxText)
	}
	if what == "comment" || what == "processing instruction" {
		if s.comments++; s.comments > maxComments {
			return s.limit("has more than %d comments and processing instructions", maxComments)
		}
	}
	if len(s.bounded) > 0 && what == "tag" && bytes.HasPrefix(s.rest, s.bounded) {
		if s.elements++; s.elements > maxLines {
			s.settle()
			return tooManyLines(&s.gate)
		}
	}
	s.rest = s.rest[n+len(end):]
	return nil
}

// finishValue makes the present place the gate's, for what is said of it.
func (s *skimmer) settle() {
	at := len(s.gate.doc.bytes) - len(s.rest)
	place := locate(s.gate.doc.bytes, at) // in bytes, as the decoder counts
	s.gate.at = mark{int32(place.Line), int32(place.Column), int32(at)}
}

func (s *skimmer) limit(format string, args ...any) *order.Error {
	s.settle()
	return s.gate.limit(format, args...)
}

// tooManyLines refuses an order at the line that is one too many.
func tooManyLines(g *gate) error {
	return g.failAt(g.at, order.TooLarge, "editx-lines", "The order has more than %d lines.", maxLines).
		WithHint("Split it into several orders.")
}
