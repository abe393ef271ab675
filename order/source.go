package order

import "strings"

// trial marks the source of the orders that came by a key for trials.
const trial = ".test"

// SourceOf names where the orders of a dialect come from. Trials have a source
// of their own: their numbers stand in the way of no real order, and no list
// mixes them.
func SourceOf(dialect string, forTrial bool) string {
	if forTrial {
		return dialect + trial
	}
	return dialect
}

// Dialect is the dialect that the order came by, for trial or not.
func (o *Order) Dialect() string { return strings.TrimSuffix(o.Source, trial) }
