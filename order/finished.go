package order

import "time"

// MinRetention is how long an order and its document are stored at least: what
// was finished today may still be asked for by its receiver tomorrow.
const MinRetention = 24 * time.Hour

// final reports whether a line in this state waits for nobody.
func (s Status) final() bool {
	switch s {
	case Rejected, Fulfilled, FulfilledAssigned, FulfilledBlocked:
		return true
	}
	return false
}

// Finished reports whether nobody waits for anything of this order any more:
// it failed, or it is a trial that never reaches a receiver, or every line of
// it is delivered, rejected or taken back. Only a finished order may be taken
// out of keeping.
func (o *Order) Finished() bool {
	switch {
	case o.Status == Failed:
		return true
	case !o.Status.Routed():
		return false
	case o.IsTest():
		return true
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Status.final() && !o.withdrawn(l) {
			return false
		}
	}
	return true
}

// withdrawn reports whether every open copy of the line's product has been
// taken back. Whether the receiver has agreed to that is told by the lines
// that take them back: each of them must be final as well.
func (o *Order) withdrawn(l *Line) bool {
	if l.Adjustment {
		return false
	}
	_, open, taken := o.copies(Reduction{EAN: l.EAN()})
	return taken >= open
}
