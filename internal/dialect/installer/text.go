package installer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
)

// The lengths of texts, in characters. No document has any: these are longer
// than what people write, and short enough for every table and form.
const (
	maxLine        = 255
	maxCity        = 100
	maxPostalCode  = 20
	maxEmail       = 254 // what SMTP can carry
	maxPhone       = 80  // a number with blanks, and an extension with the word for it
	maxURL         = 2000
	maxDescription = 20_000

	// maxKey is what the number of an order may have in EDItX.
	maxKey = 70
)

// oneLine is the rule of a text of at most most characters without line breaks.
func oneLine(most int) httpjson.Rule { return httpjson.All(httpjson.OneLine, manyLines(most)) }

// manyLines is the rule of a text of at most most characters that may have line
// breaks.
func manyLines(most int) httpjson.Rule { return httpjson.All(httpjson.MaxLength(most), printable) }

// printable is the rule of a text that every document can carry.
func printable(s string) string {
	if strings.ContainsFunc(s, unprintable) {
		return "It has a character that no document can carry, such as a null or half of one."
	}
	return ""
}

// unprintable reports what XML cannot carry. Half a character, which JSON can
// write, has become U+FFFD by now.
func unprintable(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError || r == '\ufffe' || r == '\uffff'
}

// email takes an address that people can be written to.
func email(s string) string {
	if wrong := oneLine(maxEmail)(s); wrong != "" {
		return wrong
	}
	if err := mail.ValidateAddress(s); err != nil {
		return err.Error()
	}
	return ""
}

// uuid takes a UUID of any version, in any letter case.
func uuid(s string) string {
	if _, ok := order.ParseID(s); !ok {
		return "It is no UUID; write it like 3f0c1b1e-6c0a-4d57-9a39-0d6a2f0f8a11."
	}
	return ""
}

// idempotencyKey takes what can be the number of an order. A character without
// width would make another number of it, which looks the same.
func idempotencyKey(s string) string {
	switch wrong, unseen := oneLine(maxKey)(s), httpjson.Unseen(s); {
	case wrong != "":
		return wrong
	case unseen != "":
		return "It has the character " + unseen + ", which cannot be seen."
	case s != strings.TrimSpace(s):
		return "It begins or ends with a blank."
	case isDisplayID(s):
		return "It has the form of a displayId, which is given here to orders without a key; send another."
	}
	return ""
}

// textNode is a piece of rich text: of Contentful, whose pieces have a nodeType
// and texts a value, or of TipTap, whose pieces have a type and texts a text.
type textNode struct {
	NodeType string     `json:"nodeType"`
	Type     string     `json:"type"`
	Value    string     `json:"value"`
	Text     string     `json:"text"`
	Content  []textNode `json:"content"`
}

// plainText is what a description says, without its looks: every paragraph,
// heading and item on a line of its own. A description that is a text is that
// text; of what is neither kind of rich text nothing is left.
func plainText(description json.RawMessage) string {
	if len(description) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(description, &text) == nil {
		return printableText(text)
	}
	var root textNode
	if json.Unmarshal(description, &root) != nil {
		return ""
	}
	var b strings.Builder
	root.write(&b)
	return printableText(b.String())
}

// write writes a piece and what is in it. Whatever is not within a line ends
// one.
func (n textNode) write(b *strings.Builder) {
	b.WriteString(n.Text)
	if n.NodeType == "text" {
		b.WriteString(n.Value)
	}
	for _, inside := range n.Content {
		inside.write(b)
	}
	if n.Type == "hardBreak" || !n.inline() {
		b.WriteByte('\n')
	}
}

// inline reports whether a piece stands within a line.
func (n textNode) inline() bool {
	switch n.NodeType + n.Type {
	case "text", "hyperlink", "entry-hyperlink", "asset-hyperlink", "embedded-entry-inline", "mention", "emoji":
		return true
	}
	return false
}

// printableText is a text as documents carry it: line feeds alone part lines,
// none is empty, and what no document can carry is left out.
func printableText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unprintable(r) || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
