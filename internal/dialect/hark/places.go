package hark

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// locate sets for every part of a document its place there: the line, and the
// column in units of UTF-16, as clients and editors count. The lexer has the
// place of what stands behind an opening quote or an @, and loses count in a
// text of several lines; its offset, in characters, is right.
func locate(doc *ast.QueryDocument, query string) {
	p := newPlaces(query)
	for _, def := range doc.Operations {
		p.fix(def.Position)
		p.directives(def.Directives)
		for _, v := range def.VariableDefinitions {
			p.fix(v.Position)
			p.value(v.DefaultValue)
			p.directives(v.Directives)
			for t := v.Type; t != nil; t = t.Elem {
				p.fix(t.Position)
			}
		}
		p.selections(def.SelectionSet)
	}
	for _, f := range doc.Fragments {
		p.fix(f.Position)
		p.directives(f.Directives)
		p.selections(f.SelectionSet)
	}
}

// places turns offsets into lines and columns.
type places struct {
	text  []rune
	lines []int // where each line after the first begins
	seen  map[*ast.Position]bool
}

func newPlaces(query string) *places {
	p := &places{text: []rune(query), seen: map[*ast.Position]bool{}}
	for i, r := range p.text {
		if r == '\n' && i > 0 && p.text[i-1] == '\r' {
			p.lines[len(p.lines)-1] = i + 1
		} else if r == '\n' || r == '\r' {
			p.lines = append(p.lines, i+1)
		}
	}
	return p
}

func (p *places) fix(at *ast.Position) {
	if at == nil || p.seen[at] {
		return
	}
	p.seen[at] = true
	start := min(max(at.Start, 0), len(p.text))
	if start > 0 && p.text[start-1] == '@' {
		start--
	}
	line, begin := 0, 0
	if n, exact := slices.BinarySearch(p.lines, start); exact {
		line, begin = n+1, start
	} else if n > 0 {
		line, begin = n, p.lines[n-1]
	}
	at.Line, at.Column = line+1, 1
	for _, r := range p.text[begin:start] {
		at.Column += utf16.RuneLen(r)
	}
}

// unreadable returns why the lexer cannot read on, at its place in the document.
// A character that is not part of the language is named by its code point: the
// lexer takes the first byte of it for a character, and a space that does not
// break or one without width, as web pages have them, is not seen.
func (p *places) unreadable(token lexer.Token, reason *queryError) *queryError {
	at := ast.Position{Start: token.Pos.End}
	message := reason.Message
	if at.Start < len(p.text) && p.text[at.Start] > unicode.MaxASCII &&
		strings.Contains(message, "unexpected character") {
		message = fmt.Sprintf("Cannot parse the unexpected character %U.", p.text[at.Start])
		if unicode.IsGraphic(p.text[at.Start]) && !unicode.IsSpace(p.text[at.Start]) {
			message = fmt.Sprintf("Cannot parse the unexpected character %q (%[1]U).", p.text[at.Start])
		}
	}
	p.fix(&at)
	return &queryError{Message: message, Locations: locationOf(&at)}
}

func (p *places) directives(list ast.DirectiveList) {
	for _, d := range list {
		p.fix(d.Position)
		p.arguments(d.Arguments)
	}
}

func (p *places) arguments(list ast.ArgumentList) {
	for _, a := range list {
		p.fix(a.Position)
		p.value(a.Value)
	}
}

func (p *places) value(v *ast.Value) {
	if v == nil {
		return
	}
	p.fix(v.Position)
	for _, child := range v.Children {
		p.fix(child.Position)
		p.value(child.Value)
	}
}

func (p *places) selections(set ast.SelectionSet) {
	for _, s := range set {
		p.fix(s.GetPosition())
		switch s := s.(type) {
		case *ast.Field:
			p.arguments(s.Arguments)
			p.directives(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.InlineFragment:
			p.directives(s.Directives)
			p.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			p.directives(s.Directives)
		}
	}
}

func locationOf(at *ast.Position) []gqlerror.Location {
	if at == nil || at.Line == 0 {
		return nil
	}
	return []gqlerror.Location{{Line: at.Line, Column: at.Column}}
}
