package httpjson

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// Object reads the members of an object and collects all that is wrong with
// them, so that a client corrects its request once. A member that is null counts
// as absent. How a fault is worded is for each dialect, by [Words]; how faults are
// written is for the dialect that reads [Object.Faults].
type Object struct {
	*Value
	words  *Words
	faults *[]order.Field
}

// Words are what a dialect says about the faults that every request can have.
type Words struct {
	// Code is the code of a fault.
	Code string

	// Missing is the fault of a member that must be there. Object sets its place.
	Missing order.Field

	// Type says that a value is of one kind where another is wanted.
	Type func(is, wanted Kind) string

	// TooMany says that a list has more items than are accepted.
	TooMany func(items, most int) string
}

// NewObject returns a reader of a body, without faults.
func NewObject(body *Value, words *Words) Object { return Object{body, words, new([]order.Field)} }

// Faults returns what was found so far in this object and in all objects that were
// reached from the same body.
func (o Object) Faults() []order.Field { return *o.faults }

// Fault adds a fault of a member. Its name may be a path of names and indexes, with
// slashes between.
func (o Object) Fault(name, format string, args ...any) {
	o.add(name, order.Field{Code: o.words.Code, Message: fmt.Sprintf(format, args...)})
}

func (o Object) add(name string, fault order.Field) {
	fault.Pointer = o.Pointer() + "/" + name
	*o.faults = append(*o.faults, fault)
}

// Inside returns the reader of an object that stands in this one.
func (o Object) Inside(v *Value) Object { return Object{v, o.words, o.faults} }

// Faulty reports whether a member has a fault already.
func (o Object) Faulty(name string) bool {
	at := o.Pointer() + "/" + name
	return slices.ContainsFunc(*o.faults, func(f order.Field) bool { return f.Pointer == at })
}

// Required returns a member, and adds a fault when it is absent.
func (o Object) Required(name string) *Value {
	v := o.Get(name)
	if v == nil {
		o.add(name, o.words.Missing)
	}
	return v
}

// Of returns a member of a kind. One of another kind is a fault, and nil.
func (o Object) Of(name string, wanted Kind) *Value {
	v := o.Get(name).As(wanted)
	if v == nil || v.Kind() == wanted {
		return v
	}
	o.Fault(name, "%s", o.words.Type(v.Kind(), wanted))
	return nil
}

// String returns a text that may be absent, nil when it is. A text that breaks the
// rule is a fault, and returned.
func (o Object) String(name string, rule Rule) *string {
	v := o.Of(name, KindString)
	if v == nil {
		return nil
	}
	s := v.Text()
	if wrong := rule(s); wrong != "" {
		o.Fault(name, "%s", wrong)
	}
	return &s
}

// RequiredString returns a text that must be there and not be blank.
func (o Object) RequiredString(name string, rule Rule) string {
	if o.Required(name) == nil {
		return ""
	}
	if s := o.String(name, All(NotBlank, rule)); s != nil {
		return *s
	}
	return ""
}

// Boolean returns true or false, nil when it is absent.
func (o Object) Boolean(name string) *bool {
	v := o.Of(name, KindBoolean)
	if v == nil {
		return nil
	}
	is := v.Bool()
	return &is
}

// Items returns the items of a list of at most most; ok is false when there is
// none.
func (o Object) Items(name string, most int) (items []*Value, ok bool) {
	v := o.Of(name, KindList)
	if v == nil {
		return nil, false
	}
	if n := v.Len(); n > most {
		o.Fault(name, "%s", o.words.TooMany(n, most))
		return nil, false
	}
	return v.Inner(), true
}

// Strings returns a list of texts, none of them blank; nil when there is none.
func (o Object) Strings(name string, most int, rule Rule) []string {
	items, ok := o.Items(name, most)
	if !ok {
		return nil
	}
	all := make([]string, 0, len(items))
	for i, item := range items {
		at := fmt.Sprintf("%s/%d", name, i)
		switch {
		case item.Kind() == KindNull:
			o.add(at, o.words.Missing)
		case item.Kind() != KindString:
			o.Fault(at, "%s", o.words.Type(item.Kind(), KindString))
		default:
			if wrong := All(NotBlank, rule)(item.Text()); wrong != "" {
				o.Fault(at, "%s", wrong)
			}
		}
		all = append(all, item.Text())
	}
	return all
}

// Objects returns the objects of a list, nil when there is none. An item of another
// kind is a fault, and left out.
func (o Object) Objects(name string, most int) []Object {
	items, ok := o.Items(name, most)
	if !ok {
		return nil
	}
	all := make([]Object, 0, len(items))
	for i, item := range items {
		if item = item.As(KindObject); item.Kind() != KindObject {
			o.Fault(fmt.Sprintf("%s/%d", name, i), "%s", o.words.Type(item.Kind(), KindObject))
			continue
		}
		all = append(all, o.Inside(item))
	}
	return all
}

// Object returns an object that stands in this one; ok is false when it is absent.
func (o Object) Object(name string) (inside Object, ok bool) {
	v := o.Of(name, KindObject)
	return o.Inside(v), v != nil
}

// Rule returns what is wrong with a text, in whole sentences; "" when nothing is.
type Rule func(text string) string

// All is the rule of a text that must follow several. The first that it breaks
// counts.
func All(rules ...Rule) Rule {
	return func(s string) string {
		for _, rule := range rules {
			if wrong := rule(s); wrong != "" {
				return wrong
			}
		}
		return ""
	}
}

// NotBlank is the rule of a text that must say something.
func NotBlank(s string) string {
	if strings.TrimSpace(s) == "" {
		return "It is empty, and it is required."
	}
	return ""
}

// OneLine is the rule of a text without control characters.
func OneLine(s string) string {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "It has a control character, such as a line break."
	}
	return ""
}

// MaxLength is the rule of a text of at most most characters. They are counted, not
// bytes: ø is one.
func MaxLength(most int) Rule {
	return func(s string) string {
		if n := utf8.RuneCountInString(s); n > most {
			return fmt.Sprintf("It has %d characters; at most %d are taken.", n, most)
		}
		return ""
	}
}

// Unseen returns the first character without width of a text as its code point,
// such as U+200B, or "". Texts that are copied from a page have such characters, and
// a number with one looks like another number.
func Unseen(s string) string {
	at := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) })
	if at < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return fmt.Sprintf("%U", r)
}
