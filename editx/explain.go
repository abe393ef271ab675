package editx

import (
	"cmp"
	"slices"
)

// Explanation says at length what a finding's code means.
type Explanation struct {
	Code    string `json:"code"`              // as in Finding
	Title   string `json:"title"`             // what it is, in a few words
	Means   string `json:"means"`             // what was seen and why it matters
	Remedy  string `json:"remedy"`            // what the sender does about it
	Example string `json:"example,omitempty"` // how it is written right; may be ""
}

// Explain gives the explanation of a code.
func Explain(code string) (Explanation, bool) {
	for _, table := range explanations() {
		for _, e := range table {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Explanation{}, false
}

// Explanations gives every code that this package can give, sorted.
func Explanations() []Explanation {
	all := slices.Concat(explanations()...)
	slices.SortFunc(all, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// explanations are the tables of all kinds of documents.
func explanations() [][]Explanation {
	return [][]Explanation{
		xmlExplanations,
		documentExplanations,
		elementExplanations,
		valueExplanations,
		orderExplanations,
		messageExplanations,
		replyExplanations,
	}
}
