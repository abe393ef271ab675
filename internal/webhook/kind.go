package webhook

import (
	"maps"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// kind gives the format that a party wishes for a new endpoint.
func (d *Desk) kind(w Wish) (Format, error) {
	name := StandardName
	if w.Format != nil {
		name = *w.Format
	}
	f, ok := d.kinds[name]
	switch {
	case !ok:
		return Format{}, order.Errorf(order.Invalid, "webhook-format", "%q is no format of webhooks here.", order.Cut(name)).
			WithHint("Use %s, or leave it out for %s.", strings.Join(slices.Sorted(maps.Keys(d.kinds)), " or "), StandardName)
	case w.Events != nil && f.Events != nil:
		return Format{}, noChoice(f)
	}
	return f, nil
}

// noChoice refuses a filter for a format whose dialect says what is told.
func noChoice(f Format) error {
	return order.Errorf(order.Invalid, "webhook-events", "An endpoint of the format %s is told what its dialect tells, and takes no filter.", f.Name).
		WithHint("Leave events out.")
}
