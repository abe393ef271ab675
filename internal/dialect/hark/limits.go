package hark

import (
	"fmt"
	"sync/atomic"
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

	// maxOverlaps is how many pairs of fields are compared for a conflict,
	// which grows with the square of a document made for it.
	maxOverlaps = 20_000

	// maxParallel is how many fields of one query are worked on at once: all
	// that it asks for comes from one database.
	maxParallel = 4

	// maxCost is what the fields of one request may cost together, and the rest
	// what each costs before it does anything. A list may read a thousand
	// orders, so ten of them are the most.
	maxCost   = 1000
	costList  = 100
	costOrder = 1

	// mostListed is how many orders of one user a list gives, the newest: a
	// household has one or two.
	mostListed = 1000
)

// weight is what is counted in a query before it is parsed.
type weight struct {
	nesting int
	aliases int
}

// checkWeight refuses a query that is nested too deep or repeats itself too
// often, in one pass over its bytes.
func checkWeight(query string) error {
	if len(query) > maxBody {
		return errComplex("The query has %d bytes, and %d are taken.", len(query), maxBody)
	}
	w := weigh(query)
	if w.nesting > maxNesting {
		return errComplex("The query is nested %d levels deep, and %d are taken.", w.nesting, maxNesting)
	}
	if w.aliases > maxAliases {
		return errComplex("The query has %d aliases, and %d are taken.", w.aliases, maxAliases)
	}
	return nil
}

// weigh counts. It knows of the language what must be skipped, comments and
// strings, and that a colon outside of parentheses stands behind an alias.
func weigh(query string) (w weight) {
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
				w.aliases++
			}
		}
		w.nesting = max(w.nesting, depth)
	}
	return w
}

// skipComment gives the place of the last byte of a comment.
func skipComment(s string, i int) int {
	for i < len(s) && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	return i
}

// skipString gives the place of the last byte of a string, plain or block.
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

// budget is what the fields of one request have cost so far.
type budget struct{ spent atomic.Int64 }

// spend refuses a field before it does anything, when it would cost too much.
func (b *budget) spend(cost int64) error {
	if b.spent.Add(cost) <= maxCost {
		return nil
	}
	return &fault{code: codeComplex, message: fmt.Sprintf("The fields of this request cost more than %d together: orderDevice and ordersForUser cost %d each, order and cancelOrder %d. This field did nothing.",
		maxCost, costList, costOrder), hint: "Send the rest in further requests."}
}
