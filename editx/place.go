package editx

import (
	"strconv"
	"strings"
)

// path names a composite as the canonical document has it: with a number
// where an element may be repeated.
func (r *reader) path(fr *frame) string {
	var b strings.Builder
	for i := range r.frames[:r.depth] {
		f := &r.frames[i]
		if !f.field.onlyV10 {
			b.WriteByte('/')
			b.WriteString(step(f.field, f.number))
		}
		if f == fr {
			break
		}
	}
	return b.String()
}

func step(f *field, number int) string {
	if !f.many {
		return f.name
	}
	return f.name + "[" + strconv.Itoa(number) + "]"
}

// reportChild reports on the child element whose start tag was just read.
func (r *reader) reportChild(fr *frame, k *field, n note) {
	r.report(n, r.tokens.Start(), r.path(fr)+"/"+k.currentName(), "")
}

// reportValue reports on a value of the composite that is being finished.
func (r *reader) reportValue(fr *frame, name, value string, n note) {
	at := fr.begins
	if i := fr.find(name); i >= 0 && fr.seen&(1<<i) != 0 {
		at = fr.positions[i]
	}
	r.report(n, at, r.path(fr)+"/"+name, value)
}
