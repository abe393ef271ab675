package editx

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// schemaInstance is the namespace of the attributes with which any document may
// speak of its schema, and schemaTypes that of the types of XML Schema itself.
const (
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	schemaTypes    = "http://www.w3.org/2001/XMLSchema"
)

// foreignAttribute warns of an attribute: EDItX has none but the version, and
// the model has no place for others. Those of XML Schema may stand on any
// element (part 1, 2.6); whether they are right only Strict asks. The field is
// nil for the root.
func (r *reader) foreignAttribute(a xml.Attr, k *field, path string) {
	space, _ := r.tokens.AttrNamespace(a.Name)
	if space != schemaInstance || !slices.Contains([]string{"type", "nil", "schemaLocation", "noNamespaceSchemaLocation"}, a.Name.Local) {
		n := warn("attribute", "The attribute %s is not part of EDItX and was not kept; leave it out.", xmlread.QName(a.Name))
		n.forbidden = true
		r.report(n, r.tokens.Start(), path, a.Value)
		return
	}
	if !r.profile.checksSchema() {
		return
	}
	switch {
	case a.Name.Local == "nil":
		r.report(against("attribute",
			"%s stands here, and no element of EDItX may be nil; leave the element out.",
			xmlread.QName(a.Name)), r.tokens.Start(), path, a.Value)
	case a.Name.Local == "type" && !r.fitsType(k, a.Value):
		r.report(against("attribute",
			"%s says %q, which is not the type of this element; leave the attribute out.",
			xmlread.QName(a.Name), order.Cut(a.Value)), r.tokens.Start(), path, a.Value)
	}
}

// fitsType reports whether an element may be said to be of a type: one that is
// derived from its own (part 1, 3.3.4). Values are of xs:string, xs:int or
// xs:decimal; codes and dates have types of their own, which documents cannot
// name. PaymentTermsCode has none, so that it may be of any.
func (r *reader) fitsType(k *field, written string) bool {
	prefix, name, found := strings.Cut(strings.Trim(written, xmlread.WhiteSpace), ":")
	if !found {
		prefix, name = "", prefix
	}
	space, ok := r.tokens.Resolve(prefix)
	if !ok || space != schemaTypes || k == nil || k.children != nil {
		return false
	}
	switch {
	case k.codes != nil:
		return false
	case k.form.code == intForm.code:
		return slices.Contains(intTypes, name)
	case k.form.code == decimalForm.code:
		return name == "decimal" || slices.Contains(integerTypes, name) || slices.Contains(intTypes, name)
	case k.form.ok != nil:
		return false
	case k.name == "PaymentTermsCode":
		return name != "NOTATION"
	}
	return slices.Contains(stringTypes, name)
}

// The built-in types that derive from those of EDItX's values (XML Schema part
// 2, 3). That a value is one of a narrower type is left to other validators.
var (
	stringTypes  = []string{"string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID"}
	intTypes     = []string{"int", "short", "byte"}
	integerTypes = []string{
		"integer", "long", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
		"unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
	}
)
