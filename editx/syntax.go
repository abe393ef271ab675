package editx

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// stopped says in our words why no further token came. The decoder's words are
// made for Go programmers; they serve only to tell the causes apart.
func (g *gate) stopped(err error) error {
	var fault *xml.SyntaxError
	switch {
	case err == io.EOF && len(g.open) == 0 && g.rooted:
		return io.EOF
	case err == io.EOF && len(g.open) == 0:
		return g.fail("xml-malformed", "The document holds no element; `<Order version=\"1.3\">` is expected.").
			WithHint("Send the EDItX order as the body of the request.")
	case err == io.EOF:
		return g.unfinished()
	case !errors.As(err, &fault):
		return g.failAt(g.here(), order.Malformed, "xml-malformed", "The XML cannot be read here.")
	case fault.Msg == "unexpected EOF":
		return g.unfinished()
	}
	return g.explain(fault.Msg)
}

// unfinished is the end of the bytes before the end of the document.
func (g *gate) unfinished() error {
	e := g.failAt(g.here(), order.Malformed, "xml-malformed", "The document ends in the middle.")
	if n := len(g.open); n > 0 {
		e = g.failAt(g.here(), order.Malformed, "xml-malformed", "The document ends in the middle: `<%s>` opened at line %d is not closed.",
			qname(g.open[n-1].name), g.open[n-1].at.line)
	}
	return e.WithHint("It was cut off on its way. Compare its length with the original and send all of it.")
}

// syntax says what each beginning of a decoder's message means to a sender.
var syntax = []struct{ begins, means, hint string }{
	{"invalid character entity", "`%s` is no character reference that XML knows.", "Write `&amp;` for an ampersand; only &amp; &lt; &gt; &quot; &apos; and &#…; may be used."},
	{"unquoted or missing attribute value", "An attribute has no value in quotes.", "Write name=\"value\"."},
	{"attribute name without =", "An attribute has no value.", "Write name=\"value\"."},
	{"expected attribute name", "Something stands in this tag that is neither an attribute nor its end.", "Write attributes as name=\"value\"."},
	{"unescaped < inside quoted string", "`<` stands inside an attribute value.", "Write `&lt;` for it."},
	{"unescaped ]]>", "`]]>` stands in text outside a CDATA section.", "Write `]]&gt;`."},
	{"expected element name", "`<` stands here without an element name.", "Write `&lt;` when the character itself is meant."},
	{"expected /> in element", "`/` stands in this tag without `>` behind it.", "Write `/>` to close an empty element."},
	{"invalid characters between", "This end tag holds more than a name.", "Write `</Name>`."},
	{"invalid sequence \"--\"", "`--` stands inside a comment.", "Take one of the dashes out."},
	{"unexpected EOF in CDATA", "A CDATA section is not closed.", "Close it with `]]>`."},
	{"invalid <![", "`<![` stands here, and no CDATA section begins.", "Write `<![CDATA[ … ]]>`, or `&lt;` for the character."},
	{"invalid sequence <!-", "`<!-` stands here, and no comment begins.", "Write `<!-- … -->`, or `&lt;` for the character."},
	{"illegal character code", "A character stands here that XML does not allow.", "Remove control characters from the text."},
	{"invalid XML name", "A name here is not one that XML allows.", "Names begin with a letter and have no blanks."},
	{"expected target name", "`<?` stands here, and nothing that may follow it.", "Write `&lt;` when the character itself is meant."},
}

func (g *gate) explain(msg string) error {
	for _, s := range syntax {
		if !strings.HasPrefix(msg, s.begins) {
			continue
		}
		means := strings.Replace(s.means, "%s", order.Cut(strings.TrimSpace(strings.TrimPrefix(msg, s.begins))), 1)
		return g.failAt(g.here(), order.Malformed, "xml-malformed", "%s", means).WithHint("%s", s.hint)
	}
	return g.failAt(g.here(), order.Malformed, "xml-malformed", "The XML cannot be read here.").
		WithHint("Check the document with an XML editor.")
}
