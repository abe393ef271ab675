package editx

import (
	"encoding/xml"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// xmlSpace is what the prefix xml always stands for.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// attributes takes in the attributes of the element just opened: declarations
// first, for they hold for all the others.
func (g *gate) attributes(attrs []xml.Attr) error {
	if len(attrs) > maxAttributes {
		return g.limit("has an element of more than %d attributes", maxAttributes)
	}
	for _, a := range attrs {
		if len(a.Value) > maxAttribute {
			return g.limit("has an attribute of more than %d bytes", maxAttribute)
		}
		if err := g.surrogates(strings.Contains(a.Value, "\ufffd")); err != nil {
			return err
		}
		if err := g.named(a.Name); err != nil {
			return err
		}
		if declaresNamespace(a.Name) {
			if err := g.declare(a); err != nil {
				return err
			}
		}
	}
	return g.distinct(attrs)
}

// declaresNamespace reports whether an attribute declares a namespace.
func declaresNamespace(name xml.Name) bool {
	return name.Space == "xmlns" || name.Space == "" && name.Local == "xmlns"
}

func (g *gate) declare(a xml.Attr) error {
	prefix := a.Name.Local
	if a.Name.Space == "" {
		prefix = ""
	}
	if prefix == "xml" || prefix == "xmlns" || prefix != "" && a.Value == "" {
		return g.fail("xml-namespace", "The declaration `xmlns:%s=%q` is not allowed.", order.Cut(prefix), order.Cut(a.Value))
	}
	g.bindings = append(g.bindings, binding{prefix, a.Value, len(g.open)})
	return nil
}

// distinct refuses an attribute that is there twice, also under two prefixes
// of one namespace: which of them counts would be the reader's guess.
func (g *gate) distinct(attrs []xml.Attr) error {
	for i, a := range attrs {
		space, ok := g.attributeSpace(a.Name)
		if !ok {
			return g.undeclared(a.Name.Space)
		}
		for _, b := range attrs[:i] {
			if other, _ := g.attributeSpace(b.Name); other == space && a.Name.Local == b.Name.Local {
				return g.fail("xml-malformed", "The attribute %s is there twice.", qname(a.Name)).
					WithHint("Write each attribute once.")
			}
		}
	}
	return nil
}

func (g *gate) attributeSpace(name xml.Name) (string, bool) {
	switch name.Space {
	case "":
		return "", true // the default namespace is not for attributes
	case "xmlns":
		return "xmlns", true
	}
	return g.resolve(name.Space)
}

// enter finds the namespace of the element just opened.
func (g *gate) enter(prefix string) error {
	space, ok := g.resolve(prefix)
	if !ok {
		return g.undeclared(prefix)
	}
	g.space = space
	return nil
}

func (g *gate) undeclared(prefix string) error {
	return g.fail("xml-namespace", "The prefix %q is not declared.", order.Cut(prefix)).
		WithHint("Declare it with xmlns:%s=\"…\", or write the name without a prefix, as EDItX does.", order.Cut(prefix))
}

// resolve finds what a prefix stands for here; the empty prefix always stands
// for something, if only for no namespace.
func (g *gate) resolve(prefix string) (string, bool) {
	for i := len(g.bindings) - 1; i >= 0; i-- {
		if g.bindings[i].prefix == prefix {
			return g.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlSpace, true
	}
	return "", prefix == ""
}
