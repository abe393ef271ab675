package conformance

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lostWords begin the paragraph of a doc.go behind which the list of what is
// lost stands.
const lostWords = "What other dialects do not show"

// listedLosses reads from a dialect's doc.go what other documents do not show of its
// orders.
func listedLosses(t *testing.T, name string) (items []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", name, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	check(t, err)
	begun := false
	for _, block := range new(comment.Parser).Parse(f.Doc.Text()).Content {
		switch b := block.(type) {
		case *comment.Paragraph:
			begun = strings.HasPrefix(plain(b.Text), lostWords)
		case *comment.List:
			for _, item := range b.Items {
				if begun {
					items = append(items, plain(item.Content[0].(*comment.Paragraph).Text))
				}
			}
		}
	}
	if len(items) == 0 {
		t.Fatalf("the doc.go of %s has no list behind %q", name, lostWords)
	}
	return items
}

func plain(texts []comment.Text) string {
	var b strings.Builder
	for _, t := range texts {
		if p, ok := t.(comment.Plain); ok {
			b.WriteString(string(p))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// memberItem is an item that names members, with what there is to say of them
// behind a comma.
var memberItem = regexp.MustCompile(`^([A-Za-z0-9.]+)((?: and [A-Za-z0-9.]+)*)(?:,.*)?$`)

// namedIn returns the members that an item names; a sentence names none.
func namedIn(item string) []string {
	if m := memberItem.FindStringSubmatch(item); m != nil {
		return strings.Split(m[1]+m[2], " and ")
	}
	return nil
}

// loss is what a sentence of the list says: members that are lost, or something
// that has a proof: that it was sent, and whether it is shown to others.
type loss struct {
	members []string
	proof   func(s shown) (sent, seen bool)
}

// lossOf reads an item of the list. One that names members needs no help.
func lossOf(d client, item string) (loss, bool) {
	if l, ok := d.losses[item]; ok {
		return l, true
	}
	l := loss{members: namedIn(item)}
	return l, len(l.members) > 0
}
