package hark

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// The limits of one request. A documented call has about 700 bytes, 5 levels,
// 30 selections and no alias; the introspection of real clients has 2 kB, 15
// levels and some hundred selections.
const (
	// maxBody is the greatest request, many times what the longest address and
	// every field can fill.
	maxBody = 64 << 10

	// maxJSONDepth is how deep variables may be nested: an order has 5 levels.
	maxJSONDepth = 16

	// maxNesting is how deep brackets of any kind may stand in each other in a
	// query, so that the parser, which calls itself, is never driven deep.
	maxNesting = 24

	// maxDepth is how deep fields may be nested, fragments followed: the
	// introspection of graphql-core asks 15 deep.
	maxDepth = 16

	// maxAliases bounds how often one document can ask for the same thing.
	maxAliases = 20

	// maxSelections is how many fields a document may grow to when its
	// fragments are written out.
	maxSelections = 2000

	// maxOverlaps is how many pairs of fields and of fragments are compared for
	// a conflict, which grows with the square of a document made for it.
	maxOverlaps = 20_000

	// maxTokens is how many names, values and marks a request may have. Twenty
	// orders that are written out have 2000, an introspection some 500; rules of
	// the validator take time with the square of it.
	maxTokens = 4000

	// maxMessage is how many bytes of a document an error repeats at most.
	maxMessage = 400

	// maxErrors is how many faults of one document or its variables are listed:
	// more than anyone corrects at once.
	maxErrors = 20

	// maxBatch is how many requests may stand in one list. They share the
	// limits of one request. Clients collect ten at a time.
	maxBatch = 20

	// maxCost is what the fields of one request may cost together, and the rest
	// what each costs before it does anything. A list may read a thousand
	// orders, so ten of them are the most.
	maxCost   = 1000
	costList  = 100
	costOrder = 1

	// mostListed is how many orders of one user a list returns, the newest: a
	// household has one or two.
	mostListed = 1000
)

// queryCost is what a request asks of the gateway, of all its documents
// together.
type queryCost struct {
	nesting    int   // levels of brackets, of the deepest document
	aliases    int   //
	tokens     int   // names, values and marks
	selections int   // fields and fragments, fragments written out
	overlaps   int   // pairs of fields of one name, and of fragments, that the validator compares
	spent      int64 // what fields cost that were executed
}

// countText refuses a document that is nested too deep or repeats itself too
// often, in one pass over its bytes, before it is parsed.
func (c *queryCost) countText(query string) error {
	if len(query) > maxBody {
		return errComplex("The query has %d bytes, and %d are taken.", len(query), maxBody)
	}
	nesting, aliases := weigh(query)
	c.nesting, c.aliases = max(c.nesting, nesting), c.aliases+aliases
	if c.nesting > maxNesting {
		return errComplex("The query is nested %d levels deep, and %d are taken.", c.nesting, maxNesting)
	}
	if c.aliases > maxAliases {
		return errComplex("The request has %d aliases, and %d are taken.", c.aliases, maxAliases)
	}
	l := lexer.New(&ast.Source{Input: query})
	for {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF || token.Kind == lexer.Invalid {
			return nil // which the parser refuses where it is wrong
		}
		if c.tokens++; c.tokens > maxTokens {
			return errComplex("The request has more than %d words and marks.", maxTokens)
		}
	}
}

// weigh counts. It knows of the language what must be skipped, comments and
// strings, and that a colon outside of parentheses stands behind an alias.
func weigh(query string) (nesting, aliases int) {
	depth, parens := 0, 0
	for i := 0; i < len(query); i++ {
		switch query[i] {
		case '#':
			i = skipComment(query, i)
		case '"':
			i = skipString(query, i)
		case '{', '[':
			depth++
		case '(':
			depth++
			parens++
		case '}', ']':
			depth--
		case ')':
			depth--
			parens--
		case ':':
			if parens <= 0 {
				aliases++
			}
		}
		nesting = max(nesting, depth)
	}
	return nesting, aliases
}

// countFields refuses a document that asks for too much once its fragments are
// written out, before the validator compares its fields.
func (c *queryCost) countFields(doc *ast.QueryDocument) error {
	for _, def := range doc.Operations {
		if err := c.countLevel(doc, []ast.SelectionSet{def.SelectionSet}, 1); err != nil {
			return err
		}
	}
	return nil
}

// countLevel counts the fields that stand beside each other in an answer, from
// however many places they are asked for, and those below them.
func (c *queryCost) countLevel(doc *ast.QueryDocument, sets []ast.SelectionSet, depth int) error {
	below, times := map[string][]ast.SelectionSet{}, map[string]int{}
	var names []string
	spreads := 0
	open := map[string]bool{}
	var count func(set ast.SelectionSet) error
	count = func(set ast.SelectionSet) error {
		for _, s := range set {
			if c.selections++; c.selections > maxSelections {
				return errComplex("The request has more than %d fields when its fragments are written out.",
					maxSelections)
			}
			var err error
			switch s := s.(type) {
			case *ast.Field:
				if times[s.Alias] == 0 {
					names = append(names, s.Alias)
				}
				c.overlaps += times[s.Alias]
				times[s.Alias]++
				below[s.Alias] = append(below[s.Alias], s.SelectionSet)
			case *ast.InlineFragment:
				err = count(s.SelectionSet)
			case *ast.FragmentSpread:
				c.overlaps += spreads
				spreads++
				f := doc.Fragments.ForName(s.Name)
				if f != nil && !open[s.Name] { // a circle is for the validator to refuse
					open[s.Name] = true
					err = count(f.SelectionSet)
					open[s.Name] = false
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, set := range sets {
		if err := count(set); err != nil {
			return err
		}
	}
	if depth > maxDepth && len(names) > 0 {
		return errComplex("The query asks more than %d levels deep.", maxDepth)
	}
	if c.overlaps > maxOverlaps {
		return errComplex("The query asks for the same fields or fragments too often.")
	}
	for _, name := range names {
		if err := c.countLevel(doc, below[name], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// skipComment returns the place of the last byte of a comment.
func skipComment(s string, i int) int {
	for i < len(s) && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	return i
}

// skipString returns the place of the last byte of a string, plain or block.
func skipString(s string, i int) int {
	if len(s) >= i+3 && s[i:i+3] == `"""` {
		for i += 3; i < len(s); i++ {
			if s[i] == '\\' && len(s) >= i+4 && s[i:i+4] == `\"""` {
				i += 3
			} else if len(s) >= i+3 && s[i:i+3] == `"""` {
				return i + 2
			}
		}
		return i
	}
	for i++; i < len(s) && s[i] != '"' && s[i] != '\n'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i
}

func errComplex(format string, args ...any) error {
	return &fault{code: codeComplex, message: fmt.Sprintf(format, args...), hint: "Ask for less in one request."}
}

// spend refuses a field before it does anything, when it would cost too much.
func (c *queryCost) spend(cost int64) error {
	if c.spent += cost; c.spent <= maxCost {
		return nil
	}
	return &fault{code: codeComplex,
		message: fmt.Sprintf(
			"The fields of this request cost more than %d together: orderDevice and ordersForUser cost %d each, "+
				"order and cancelOrder %d. This field did nothing.",
			maxCost, costList, costOrder), hint: "Send the rest in further requests."}
}
