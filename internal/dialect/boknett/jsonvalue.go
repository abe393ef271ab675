package boknett

import "strings"

// value is a JSON value that passed the gate.
type value struct {
	kind    string // "object", "list", "string", "number", "boolean" or "null"
	text    string // of a string decoded, of a number as written
	truth   bool   // of a boolean
	members []member
	items   []value // of a list
	pointer string
}

type member struct {
	name  string
	value value
}

// get gives a member by its name in any letter case, for versions of the API
// differ in it. null counts as absent.
func (v value) get(name string) (value, bool) {
	for _, m := range v.members {
		if plainName(m.name) == plainName(name) && m.value.kind != "null" {
			return m.value, true
		}
	}
	return value{}, false
}

// others lists the members that have none of the names.
func (v value) others(names ...string) []string {
	var rest []string
next:
	for _, m := range v.members {
		for _, name := range names {
			if plainName(m.name) == plainName(name) {
				continue next
			}
		}
		rest = append(rest, m.name)
	}
	return rest
}

// textOf gives a member that is a text, "" when it is absent or something else.
func (v value) textOf(name string) string {
	m, _ := v.get(name)
	return m.text
}

// plainName is what counts of a member's name: neither letter case nor the
// underscores in which valid_from and validFrom differ, for the legacy
// documents spell it the one way and those under /v2 the other.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}
