package editx

import (
	"encoding/xml"
	"strings"
)

// scopeSize is how many bytes of declarations stand around a document.
func scopeSize(scope []binding) int {
	n := 0
	for _, b := range scope {
		n += len(b.prefix) + len(b.space)
	}
	return n
}

// standalone makes a document of an element: what is declared around it is
// declared on it, and nothing else is changed.
func standalone(raw []byte, t xml.StartElement, scope []binding) []byte {
	var b strings.Builder
	b.Grow(len(raw) + 64)
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	name := 1 + len(t.Name.Local)
	if t.Name.Space != "" {
		name += len(t.Name.Space) + 1
	}
	b.Write(raw[:name])
	declared := map[string]bool{}
	for _, a := range t.Attr {
		if declaresNamespace(a.Name) {
			declared[prefixOf(a.Name)] = true
		}
	}
	for i := len(scope) - 1; i >= 0; i-- {
		if s := scope[i]; !declared[s.prefix] {
			declared[s.prefix] = true
			b.WriteString(" " + declaration(s.prefix) + `="`)
			escape(&b, s.space, true)
			b.WriteByte('"')
		}
	}
	b.Write(raw[name:])
	b.WriteByte('\n')
	return []byte(b.String())
}

// prefixOf is what a declaration declares; "" is the default namespace.
func prefixOf(name xml.Name) string {
	if name.Space == "" {
		return ""
	}
	return name.Local
}

func declaration(prefix string) string {
	if prefix == "" {
		return "xmlns"
	}
	return "xmlns:" + prefix
}
