package boknett

import (
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
)

// Greatest bodies beside an order document, whose limit is editx.MaxBytes.
const (
	maxForm = 16 << 10 // two names and two secrets, however they are encoded
	maxJSON = 64 << 10 // a comment of 2000 characters, each escaped, four times over
)

// maxDepth bounds nesting; the deepest documented body has two levels.
const maxDepth = 8

// parseObject reads a body that is one JSON object; an empty list passes for an
// empty one. Two names that are the same to plainName may not stand in one object.
func parseObject(sent []byte) (*httpjson.Value, error) {
	return httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true}.Parse(sent)
}

// parseSecrets is parseObject for bodies with passwords and keys, which a
// refusal does not repeat.
func parseSecrets(sent []byte) (*httpjson.Value, error) {
	return httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true, Secret: true}.Parse(sent)
}

// maxNameDigits is longer than every number of the trade.
const maxNameDigits = 70

// nameOf returns a text, or a number as it is called: 9.788202337926E12 is
// 9788202337926. One of more digits than a name has stays as it was written. It is
// "" for a value that is absent or of another kind.
func nameOf(v *httpjson.Value) string {
	if n, ok := v.Number(); ok {
		if plain, ok := n.Plain(maxNameDigits); ok {
			return plain
		}
	}
	return v.Text()
}

// plainName is what counts of a member's name: neither letter case nor the
// underscores in which valid_from and validFrom differ, for the legacy
// documents spell it the one way and those under /v2 the other.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}
