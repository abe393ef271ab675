package editx

import (
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// What only the schema asks. Under Trade none of this is looked at: a receiver
// does without.

// everyVersion demands an element in all versions with a schema.
const everyVersion = "1.1 1.2 1.3"

// obeys adds to what reading a value had to say what the schema says of it.
func (r *reader) obeys(k *field, s string, n note) note {
	switch {
	case k.form.ok == nil || !r.profile.asksSchema() || k.form.ok(s):
		return n
	case n.code != "":
		n.forbidden = true
		return n
	}
	n = against(k.form.code, "%q is not in the form of the schema; write %s.", order.Cut(s), k.form.wants)
	return n
}

// listedCode judges a code by its list. The public lists end in 2008; what
// came later belongs to version 1.3.
func (r *reader) listedCode(k *field, code, written string) note {
	switch {
	case k.listedFrom > r.dated && r.profile.asksSchema():
		return note{}
	case !k.codes.has(code):
		return against("code", "%q is not a %s that is known here; it was kept as written. Use a code of the list.", order.Cut(code), k.name)
	case !r.profile.asksSchema():
		return note{}
	case code != written:
		return against("code", "%q has blanks around it; write the code alone.", order.Cut(written))
	case r.dated < "1.3" && isNewer(code):
		return against("code", "%q is newer than version %s; write it in a version=\"1.3\".", order.Cut(code), r.dated)
	}
	return note{}
}

// newerCodes are values of later lists than the public one, as seen in use.
var newerCodes = codes(append(strings.Fields(newerCurrencies+" "+newerCountries), "OrderSourceLocationReference"))

func isNewer(code string) bool { return newerCodes.has(code) }

// askSchema asks for what the schema demands of a composite, and we do not.
func (r *reader) askSchema(fr *frame) {
	if !r.profile.asksSchema() {
		return
	}
	for i := range fr.field.kids {
		k := &fr.field.kids[i]
		switch {
		case fr.seen&(1<<i) != 0:
		case strings.Contains(k.asked, r.dated):
			r.reportMissing(fr, k, against("missing", "`<%s>` has no `<%s>`, which version %s demands.", fr.field.name, k.name, r.dated))
		case k.least > 0 && !fr.hasLeast(k.least) && fr.firstOf(k.least) == i:
			r.reportMissing(fr, k, against("missing", "`<%s>` holds too little: %s is demanded.", fr.field.name, fr.alternatives(k.least)))
		}
	}
}

func (r *reader) reportMissing(fr *frame, k *field, n note) {
	r.report(n, fr.begins, r.path(fr)+"/"+k.name, "")
}

// hasLeast reports whether one of a group was there.
func (fr *frame) hasLeast(group int) bool {
	for i := range fr.field.kids {
		if fr.field.kids[i].least == group && fr.seen&(1<<i) != 0 {
			return true
		}
	}
	return false
}

func (fr *frame) firstOf(group int) int {
	return slices.IndexFunc(fr.field.kids, func(k field) bool { return k.least == group })
}

// alternatives names the elements of a group.
func (fr *frame) alternatives(group int) string {
	var names []string
	for i := range fr.field.kids {
		if k := &fr.field.kids[i]; k.least == group {
			names = append(names, "`<"+k.name+">`")
		}
	}
	return strings.Join(names, " or ")
}

// dateElement refuses an element that its version does not have here.
func (r *reader) dateElement(fr *frame, k *field) {
	if k.since <= r.dated || !r.profile.asksSchema() {
		return
	}
	hint := "leave it out"
	if k.since != never {
		hint = "write it in a version=\"" + k.since + "\""
	}
	r.reportChild(fr, k, against("version-element", "`<%s>` in `<%s>` is no element of version %s; %s.", k.name, fr.field.name, r.dated, hint))
}
