package editx

import (
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// What only the schema requires. Under Trade none of this is checked, since a
// receiver does not need it.

// everyVersion requires an element in all versions with a schema.
const everyVersion = "1.1 1.2 1.3"

// checkForm returns the note about a value, or one about its lexical form.
func (r *reader) checkForm(k *field, s string, n note) note {
	switch {
	case k.form.ok == nil || !r.profile.checksSchema() || k.form.ok(s):
		return n
	case n.code != "":
		n.forbidden = true
		return n
	}
	n = against(k.form.code, "%q is not in the form of the schema; write %s.", order.Truncate(s), k.form.wants)
	return n
}

// listedCode checks a code by its list. The public lists end in 2008; later
// values belong to version 1.3.
func (r *reader) listedCode(k *field, code, written string) note {
	switch {
	case k.listedFrom > r.schemaVersion && r.profile.checksSchema():
		return note{}
	case !k.codes.has(code):
		return against("code", "%q is not a %s that is known here; it was stored as written. Use a code of the list.",
			order.Truncate(code), k.name)
	case !r.profile.checksSchema():
		return note{}
	case code != written:
		return against("code", "%q has blanks around it; write the code alone.", order.Truncate(written))
	case r.schemaVersion < "1.3" && isNewer(code):
		return against("code", "%q is newer than version %s; write it in a version=\"1.3\".", order.Truncate(code),
			r.schemaVersion)
	}
	return note{}
}

// newerCodes are values of later lists than the public one, as in use.
var newerCodes = codes(append(strings.Fields(newerCurrencies+" "+newerCountries), "OrderSourceLocationReference"))

func isNewer(code string) bool { return newerCodes.has(code) }

// checkRequired reports the elements that only the schema requires.
func (r *reader) checkRequired(fr *frame) {
	if !r.profile.checksSchema() {
		return
	}
	for i := range fr.field.children {
		k := &fr.field.children[i]
		switch {
		case fr.seen&(1<<i) != 0:
		case strings.Contains(k.requiredIn, r.schemaVersion):
			r.reportMissing(fr, k, against("missing", "`<%s>` has no `<%s>`, which version %s demands.", fr.field.name,
				k.name, r.schemaVersion))
		case k.atLeastOne > 0 && !fr.hasOneOf(k.atLeastOne) && fr.firstOf(k.atLeastOne) == i:
			r.reportMissing(fr, k, against("missing", "`<%s>` holds too little: %s is demanded.", fr.field.name,
				fr.alternatives(k.atLeastOne)))
		}
	}
}

func (r *reader) reportMissing(fr *frame, k *field, n note) {
	r.report(n, fr.begins, r.path(fr)+"/"+k.name, "")
}

// hasOneOf reports whether one of a group occurred.
func (fr *frame) hasOneOf(group int) bool {
	for i := range fr.field.children {
		if fr.field.children[i].atLeastOne == group && fr.seen&(1<<i) != 0 {
			return true
		}
	}
	return false
}

func (fr *frame) firstOf(group int) int {
	return slices.IndexFunc(fr.field.children, func(k field) bool { return k.atLeastOne == group })
}

// alternatives lists the elements of a group for a message.
func (fr *frame) alternatives(group int) string {
	var names []string
	for i := range fr.field.children {
		if k := &fr.field.children[i]; k.atLeastOne == group {
			names = append(names, "`<"+k.name+">`")
		}
	}
	return strings.Join(names, " or ")
}

// checkVersion reports an element that the version does not have here.
func (r *reader) checkVersion(fr *frame, k *field) {
	if k.since <= r.schemaVersion || !r.profile.checksSchema() {
		return
	}
	hint := "leave it out"
	if k.since != never {
		hint = "write it in a version=\"" + k.since + "\""
	}
	r.reportChild(fr, k, against("version-element", "`<%s>` in `<%s>` is not an element of version %s; %s.", k.name,
		fr.field.name, r.schemaVersion, hint))
}
