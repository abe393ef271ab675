package editx

// admit judges whether an element may stand here: once or often, alone of its
// choice, in order.
func (r *reader) admit(fr *frame, i int, written string) bool {
	k := &fr.field.kids[i]
	fr.again(i, k.leads)
	if fr.seen&(1<<i) != 0 && !k.many {
		r.reportChild(fr, k, refuse("repeated", "`<%s>` is there a second time; the first is at line %d. Leave one of them.", written, fr.places[i].line).always())
		return false
	}
	if other := fr.chosen(k.one, i); other != "" {
		r.reportChild(fr, k, refuse("choice", "`<%s>` stands beside `<%s>`; only one of them may be there.", written, other).always())
		return false
	}
	if written != k.name || k.former {
		r.reportChild(fr, k, against("old-name", "`<%s>` is a name of version 1.0; write `<%s>`.", written, k.present()))
	} else if i < fr.latest {
		r.mixed = true
		r.reportChild(fr, k, against("element-order", "`<%s>` stands behind `<%s>`; EDItX has it before, so move it up.", written, fr.field.kids[fr.latest].name))
	}
	r.dateElement(fr, k)
	fr.seen |= 1 << i
	fr.places[i] = r.gate.at
	fr.latest = max(fr.latest, i)
	return true
}

// present is what the element is called now.
func (f *field) present() string {
	if f.former {
		return f.old
	}
	return f.name
}

// chosen names a field that was there and excludes row i.
func (fr *frame) chosen(group, i int) string {
	if group == 0 {
		return ""
	}
	for j := range fr.field.kids {
		if j != i && fr.field.kids[j].one == group && fr.seen&(1<<j) != 0 {
			return fr.field.kids[j].name
		}
	}
	return ""
}

// again begins a group anew that row i leads: what stood in it before is no
// longer in the way.
func (fr *frame) again(i, follow int) {
	if follow == 0 || fr.seen&(1<<i) == 0 || fr.latest > i+follow {
		return
	}
	for j := i + 1; j <= i+follow; j++ {
		fr.seen &^= 1 << j
	}
	fr.latest = i
}
