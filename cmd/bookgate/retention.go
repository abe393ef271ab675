package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// retention is how long old orders are kept; 0 is for ever.
type retention struct {
	retainDocuments time.Duration
	retainOrders    time.Duration
}

// forever is the word for no end, and the default of both.
const forever = "forever"

// Bounds of retention. A hundred years are as good as for ever, and what a
// time.Duration can hold.
const (
	leastKept = order.MinRetention
	mostKept  = 100 * year

	day  = 24 * time.Hour
	year = 366 * day // of a leap year, so that nothing goes before its time
)

// retention reads both settings. A document is part of its order, so it cannot
// be kept for longer.
func (r *settingReader) retention(documents, orders origin) retention {
	kept := retention{r.keeping(documents), r.keeping(orders)}
	if kept.retainOrders != 0 && kept.retainDocuments > kept.retainOrders {
		r.refuse(orders, fmt.Sprintf("no less than retain-documents, which is %s: a document goes with its order at the latest", documents.Value))
	}
	return kept
}

func (r *settingReader) keeping(o origin) time.Duration {
	if o.Value == forever || o.Value == "0" {
		return 0
	}
	d, ok := parseKeeping(o.Value)
	if !ok || d < leastKept || d > mostKept {
		r.refuse(o, "a time from 1d to 100y, for example 400d or 10y, or forever")
	}
	return d
}

// parseKeeping reads a duration that may also be in days or years.
func parseKeeping(s string) (time.Duration, bool) {
	unit := map[byte]time.Duration{'d': day, 'y': year}
	if s == "" || unit[s[len(s)-1]] == 0 {
		d, err := time.ParseDuration(s)
		return d, err == nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(s[:len(s)-1]))
	if err != nil || n < 0 || n > int(mostKept/day) {
		return 0, false
	}
	return time.Duration(n) * unit[s[len(s)-1]], true
}

// How often is looked for what is old enough, and how long one look may take.
const (
	retainEvery   = 5 * time.Minute
	retainLease   = 10 * time.Minute
	leftoverEvery = 24 * time.Hour
	leftoverLease = time.Minute
)

// chores take out of keeping what is old enough; where everything is kept for
// ever there are none.
func (r retention) chores(db *store.DB) (chores []store.Job) {
	if r.retainDocuments > 0 {
		chores = append(chores, store.Job{Name: store.DropJob, Final: true, Every: retainEvery, Lease: retainLease, Do: db.Dropping(r.retainDocuments)})
	}
	if r.retainOrders > 0 {
		chores = append(chores,
			store.Job{Name: store.RetireJob, Final: true, Every: retainEvery, Lease: retainLease, Do: db.Retiring(r.retainOrders)},
			store.Job{Name: store.LeftoverJob, Every: leftoverEvery, Lease: leftoverLease, Do: db.Leftovers(r.retainOrders)})
	}
	return chores
}
