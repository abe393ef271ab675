package httpjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Kind is the kind of a JSON value. Its text is the word of JSON for it.
type Kind string

const (
	KindNull    Kind = "null"
	KindBoolean Kind = "boolean"
	KindNumber  Kind = "number"
	KindString  Kind = "string"
	KindList    Kind = "list"
	KindObject  Kind = "object"
)

// Value is a value of a body that [JSON.Parse] has checked. Its members and items
// are read when they are asked for, so that an unknown member costs nothing. The
// methods of nil, an absent value, return zero values. A Value is not safe for
// concurrent use.
type Value struct {
	Name string // of a member; the index of an item; "" of the body

	raw    []byte
	format *JSON
	up     *Value // what it stands in
	inner  []*Value
	split  bool // whether inner was read
}

// Parse returns a body that is one JSON object; see [JSON.Object].
func (j JSON) Parse(sent []byte) (*Value, error) {
	text, err := j.Object(sent)
	if err != nil {
		return nil, err
	}
	return &Value{raw: bytes.Trim(text, blanks), format: &j}, nil
}

// Kind returns the kind of a value, "" of nil.
func (v *Value) Kind() Kind {
	if v == nil {
		return ""
	}
	switch v.raw[0] {
	case '{':
		return KindObject
	case '[':
		return KindList
	case '"':
		return KindString
	case 't', 'f':
		return KindBoolean
	case 'n':
		return KindNull
	}
	return KindNumber
}

// As returns the value as one of a kind: an empty list is an empty object where
// an object is wanted, and the other way round; see [IsEmpty]. A value of
// another kind is returned as it is.
func (v *Value) As(wanted Kind) *Value {
	if v == nil || v.Kind() == wanted || !IsEmpty(v.raw) {
		return v
	}
	empty := *v
	empty.inner, empty.split = nil, false
	switch wanted {
	case KindObject:
		empty.raw = []byte("{}")
	case KindList:
		empty.raw = []byte("[]")
	}
	return &empty
}

// Is reports whether a value is, or passes for, one of a kind; see [Value.As].
func (v *Value) Is(wanted Kind) bool { return v.As(wanted).Kind() == wanted }

// Raw returns the value as it was sent.
func (v *Value) Raw() json.RawMessage {
	if v == nil {
		return nil
	}
	return v.raw
}

// Text returns a string decoded and a number as it was written; "" for every
// other kind.
func (v *Value) Text() string {
	switch v.Kind() {
	case KindNumber:
		return string(v.raw)
	case KindString:
		s := scanner{src: v.raw}
		text, _ := s.text() // it was checked
		return text
	}
	return ""
}

// Bool reports whether a value is true.
func (v *Value) Bool() bool { return v != nil && v.raw[0] == 't' }

// Number returns a number by its value. ok is false for every other kind, and for
// digits in quotes.
func (v *Value) Number() (n Number, ok bool) {
	if v.Kind() != KindNumber {
		return Number{}, false
	}
	return ParseNumber(string(v.raw))
}

// Pointer returns the place of a value in the body (RFC 6901), with names as they
// were sent.
func (v *Value) Pointer() string {
	if v == nil || v.up == nil {
		return ""
	}
	return Pointer(v.up.Pointer(), v.Name)
}

// Inner returns the members of an object or the items of a list, in their order;
// nil for every other kind.
func (v *Value) Inner() []*Value {
	if v == nil {
		return nil
	}
	if !v.split {
		v.split, v.inner = true, v.readInner()
	}
	return v.inner
}

// Len returns how many members or items there are. It reads none of them: a list
// that is too long costs no memory.
func (v *Value) Len() (n int) {
	if v != nil {
		v.each(func(string, []byte) { n++ })
	}
	return n
}

func (v *Value) readInner() (inner []*Value) {
	inList := v.Kind() == KindList
	v.each(func(name string, raw []byte) {
		if inList {
			name = strconv.Itoa(len(inner))
		}
		inner = append(inner, &Value{Name: name, raw: raw, format: v.format, up: v})
	})
	return inner
}

// each calls do with every member and its name, or every item.
func (v *Value) each(do func(name string, raw []byte)) {
	kind := v.Kind()
	if kind != KindObject && kind != KindList {
		return
	}
	s := scanner{src: v.raw, at: 1}
	for s.space(); s.at < len(s.src)-1; s.space() { // up to the closing bracket
		name := ""
		if kind == KindObject {
			name, _ = s.text() // it was checked
			s.space()
			s.at++ // the colon
			s.space()
		}
		begin := s.at
		s.skip()
		do(name, s.src[begin:s.at])
		if s.space(); s.peek() == ',' {
			s.at++
		}
	}
}

// skip steps over the value at the present place in text that was checked: nothing
// is decoded, and no name compared, a second time.
func (s *scanner) skip() {
	if strings.IndexByte(`{["`, s.peek()) < 0 { // a number or a word
		for s.at < len(s.src) && strings.IndexByte(blanks+",]}", s.src[s.at]) < 0 {
			s.at++
		}
		return
	}
	for depth := 0; ; {
		switch s.peek() {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			for s.at++; s.src[s.at] != '"'; s.at++ {
				if s.src[s.at] == '\\' {
					s.at++ // what is escaped
				}
			}
		}
		if s.at++; depth == 0 {
			return
		}
	}
}

// Get returns a member by its name, nil when it is absent or null. Names agree as
// [JSON] says.
func (v *Value) Get(name string) *Value {
	if m := v.member(name); m.Kind() != KindNull {
		return m
	}
	return nil
}

// IsNull reports whether a member is there and null, where that is not the same
// as being absent.
func (v *Value) IsNull(name string) bool { return v.member(name).Kind() == KindNull }

func (v *Value) member(name string) *Value {
	if v.Kind() != KindObject {
		return nil
	}
	for _, m := range v.Inner() {
		if v.format.sameName(m.Name, name) {
			return m
		}
	}
	return nil
}

// Others returns the names of the members that have none of these names.
func (v *Value) Others(names ...string) (others []string) {
	if v.Kind() != KindObject {
		return nil
	}
next:
	for _, m := range v.Inner() {
		for _, name := range names {
			if v.format.sameName(m.Name, name) {
				continue next
			}
		}
		others = append(others, m.Name)
	}
	return others
}

func (j *JSON) sameName(a, b string) bool {
	return a == b || j.FoldName != nil && j.FoldName(a) == j.FoldName(b)
}
