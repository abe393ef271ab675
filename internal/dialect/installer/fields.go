package installer

import (
	"encoding/json"
	"fmt"

	"github.com/bookgate/bookgate/order"
)

// reader reads the members of a request and notes all that is wrong with them.
type reader struct {
	phones *phoneBook // nil lets every phone number through, for a request that was taken once
	bad    []order.Field
}

// fields are the members of one object of the request. A member that is null
// counts as not given.
type fields struct {
	*reader
	of object
	at string // a JSON pointer to the object
}

// rule tells what is wrong with a text, in whole sentences, or "".
type rule func(string) string

func (f fields) refuse(name, format string, args ...any) {
	f.bad = append(f.bad, order.Field{Pointer: f.at + "/" + name, Code: codeFields, Message: fmt.Sprintf(format, args...)})
}

// raw gives a member, nil when it is not given.
func (f fields) raw(name string) json.RawMessage {
	if raw, ok := f.of[name]; ok && kindOf(raw) != kindNull {
		return raw
	}
	return nil
}

// take returns a member that must be of a kind if it is given. An empty list passes
// for an empty object and the other way round.
func (f fields) take(name string, wanted kind) json.RawMessage {
	raw := meant(f.raw(name), wanted)
	if raw != nil && kindOf(raw) != wanted {
		f.refuse(name, "It is %s; wanted is %s.", kindOf(raw).words(), wanted.words())
		return nil
	}
	return raw
}

// text gives a text that may be left out.
func (f fields) text(name string, wrong rule) *string {
	raw := f.take(name, kindText)
	if raw == nil {
		return nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		f.refuse(name, "It cannot be read.")
		return nil
	}
	if words := wrong(s); words != "" {
		f.refuse(name, "%s", words)
	}
	return &s
}

// required gives a text that must be there.
func (f fields) required(name string, wrong rule) string {
	if f.raw(name) == nil {
		f.refuse(name, "It is missing, and it is required.")
		return ""
	}
	if s := f.text(name, filled(wrong)); s != nil {
		return *s
	}
	return ""
}

// truth gives true or false.
func (f fields) truth(name string) *bool {
	raw := f.take(name, kindTruth)
	if raw == nil {
		return nil
	}
	is := raw[0] == 't'
	return &is
}

// list gives the items of a list, nil when there is none.
func (f fields) list(name string, most int) []json.RawMessage {
	raw := f.take(name, kindList)
	if raw == nil {
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		f.refuse(name, "It cannot be read.")
		return nil
	}
	if len(items) > most {
		f.refuse(name, "It has %d items; at most %d are taken.", len(items), most)
		return nil
	}
	return items
}

// texts gives a list of texts, nil when there is none.
func (f fields) texts(name string, most int, wrong rule) []string {
	items := f.list(name, most)
	if items == nil {
		return nil
	}
	list := fields{f.reader, object{}, f.at + "/" + name}
	all := []string{}
	for i, raw := range items {
		at := fmt.Sprint(i)
		list.of[at] = raw
		all = append(all, list.required(at, wrong))
	}
	return all
}

// objects gives the fields of each object in a list, nil when there is none.
func (f fields) objects(name string, most int) []fields {
	items := f.list(name, most)
	if items == nil {
		return nil
	}
	all := []fields{}
	for i, raw := range items {
		item := fields{f.reader, nil, fmt.Sprintf("%s/%s/%d", f.at, name, i)}
		if raw = meant(raw, kindObject); kindOf(raw) != kindObject {
			f.refuse(fmt.Sprintf("%s/%d", name, i), "It is %s; wanted is an object.", kindOf(raw).words())
		} else if err := json.Unmarshal(raw, &item.of); err != nil {
			f.refuse(fmt.Sprintf("%s/%d", name, i), "It cannot be read.")
		} else {
			all = append(all, item)
		}
	}
	return all
}

// inner gives the fields of an object; there is false when it is not given.
func (f fields) inner(name string) (inside fields, there bool) {
	raw := f.take(name, kindObject)
	if raw == nil {
		return fields{}, false
	}
	inside = fields{f.reader, nil, f.at + "/" + name}
	if err := json.Unmarshal(raw, &inside.of); err != nil {
		f.refuse(name, "It cannot be read.")
		return fields{}, false
	}
	return inside, true
}
