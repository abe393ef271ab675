package xmlread

import (
	"encoding/xml"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// xmlSpace is the namespace of the prefix xml.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// binding is a namespace declaration in force.
type binding struct {
	prefix, space string
	depth         int
}

// Scope holds the namespace declarations around an element.
type Scope []binding

// Size returns the length of the declarations in bytes.
func (s Scope) Size() int {
	n := 0
	for _, b := range s {
		n += len(b.prefix) + len(b.space)
	}
	return n
}

// Scope returns the namespace declarations around the element just opened.
func (r *Reader) Scope() Scope {
	if len(r.bindings) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.bindings), func(b binding) bool { return b.depth >= len(r.open) })
}

// Resolve returns the namespace of a prefix and whether it is declared. The
// empty prefix is always declared; its namespace may be "".
func (r *Reader) Resolve(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlSpace, true
	}
	return "", prefix == ""
}

// AttrNamespace returns the namespace of an attribute and whether its prefix is
// declared. The default namespace does not apply to attributes.
func (r *Reader) AttrNamespace(name xml.Name) (string, bool) {
	switch name.Space {
	case "":
		return "", true
	case "xmlns":
		return "xmlns", true
	}
	return r.Resolve(name.Space)
}

// DeclaresNamespace reports whether an attribute declares a namespace.
func DeclaresNamespace(name xml.Name) bool {
	return name.Space == "xmlns" || name.Space == "" && name.Local == "xmlns"
}

// declaredPrefix returns the prefix that a declaration declares; "" is the
// default namespace.
func declaredPrefix(name xml.Name) string {
	if name.Space == "" {
		return ""
	}
	return name.Local
}

// checkAttributes checks the attributes of the element just opened. The
// declarations come first, since they apply to all the others.
func (r *Reader) checkAttributes(attrs []xml.Attr) error {
	if len(attrs) > maxAttributes {
		return r.Limit("has an element of more than %d attributes", maxAttributes)
	}
	for _, a := range attrs {
		if len(a.Value) > maxAttribute {
			return r.Limit("has an attribute of more than %d bytes", maxAttribute)
		}
		if err := r.checkReferences(strings.Contains(a.Value, "\ufffd")); err != nil {
			return err
		}
		if err := r.checkName(a.Name); err != nil {
			return err
		}
		if DeclaresNamespace(a.Name) {
			if err := r.declare(a); err != nil {
				return err
			}
		}
	}
	return r.checkDistinct(attrs)
}

func (r *Reader) declare(a xml.Attr) error {
	prefix := declaredPrefix(a.Name)
	if prefix == "xml" || prefix == "xmlns" || prefix != "" && a.Value == "" {
		return r.fail("xml-namespace", "The declaration `xmlns:%s=%q` is not allowed.",
			order.Truncate(prefix), order.Truncate(a.Value))
	}
	r.bindings = append(r.bindings, binding{prefix, a.Value, len(r.open)})
	return nil
}

// checkDistinct refuses an attribute that is there twice, also under two
// prefixes of one namespace.
func (r *Reader) checkDistinct(attrs []xml.Attr) error {
	for i, a := range attrs {
		space, ok := r.AttrNamespace(a.Name)
		if !ok {
			return r.undeclaredPrefix(a.Name.Space)
		}
		for _, b := range attrs[:i] {
			if other, _ := r.AttrNamespace(b.Name); other == space && a.Name.Local == b.Name.Local {
				return r.fail("xml-malformed", "The attribute %s is there twice.", QName(a.Name)).
					WithHint("Write each attribute once.")
			}
		}
	}
	return nil
}

// resolveElement finds the namespace of the element just opened.
func (r *Reader) resolveElement(prefix string) error {
	space, ok := r.Resolve(prefix)
	if !ok {
		return r.undeclaredPrefix(prefix)
	}
	r.namespace = space
	return nil
}

func (r *Reader) undeclaredPrefix(prefix string) error {
	e := r.fail("xml-namespace", "The prefix %q is not declared.", order.Truncate(prefix))
	if f := r.src.format; f.Unprefixed {
		return e.WithHint("Declare it with xmlns:%s=\"…\", or write the name without a prefix, as %s does.",
			order.Truncate(prefix), f.Name)
	}
	return e.WithHint("Declare it with xmlns:%s=\"…\".", order.Truncate(prefix))
}
