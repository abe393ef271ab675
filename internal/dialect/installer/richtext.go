package installer

import (
	"encoding/json"
	"strings"
)

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
