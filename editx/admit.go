package editx

// checkOccurrence judges whether an element may stand here: once or often, alone of its
// choice, in order.
func (r *reader) checkOccurrence(fr *frame, i int, written string) bool {
	k := &fr.field.children[i]
	fr.restartGroup(i, k.groupSize)
	if fr.seen&(1<<i) != 0 && !k.many {
		r.reportChild(fr, k, refuse("repeated", "`<%s>` is there a second time; the first is at line %d. Leave one of them.", written, fr.positions[i].Line).always())
		return false
	}
	if other := fr.conflicting(k.choice, i); other != "" {
		r.reportChild(fr, k, refuse("choice", "`<%s>` stands beside `<%s>`; only one of them may be there.", written, other).always())
		return false
	}
	if written != k.name || k.onlyV10 {
		r.reportChild(fr, k, against("old-name", "`<%s>` is a name of version 1.0; write `<%s>`.", written, k.currentName()))
	} else if i < fr.latest {
		r.unordered = true
		r.reportChild(fr, k, against("element-order", "`<%s>` stands behind `<%s>`; EDItX has it before, so move it up.", written, fr.field.children[fr.latest].name))
	}
	r.checkVersion(fr, k)
	fr.seen |= 1 << i
	fr.positions[i] = r.tokens.Start()
	fr.latest = max(fr.latest, i)
	return true
}

// currentName is what the element is called now.
func (f *field) currentName() string {
	if f.onlyV10 {
		return f.nameV10
	}
	return f.name
}

// conflicting names a field that was there and excludes row i.
func (fr *frame) conflicting(group, i int) string {
	if group == 0 {
		return ""
	}
	for j := range fr.field.children {
		if j != i && fr.field.children[j].choice == group && fr.seen&(1<<j) != 0 {
			return fr.field.children[j].name
		}
	}
	return ""
}

// restartGroup begins a group anew that row i leads: what stood in it before is no
// longer in the way.
func (fr *frame) restartGroup(i, follow int) {
	if follow == 0 || fr.seen&(1<<i) == 0 || fr.latest > i+follow {
		return
	}
	for j := i + 1; j <= i+follow; j++ {
		fr.seen &^= 1 << j
	}
	fr.latest = i
}
