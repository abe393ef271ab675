package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// newReplicas shows the processes that serve a store.
func newReplicas(a app) *cobra.Command {
	var where string
	return readCommand(a, &cobra.Command{
		Use:   "replicas",
		Short: "List the processes that serve the store",
		Long: `replicas lists every bookgate that serves the store, with its state: serving;
draining, when it was told to stop and finishes what it has begun; or silent, when
it has given no sign for half a minute. One that was stopped leaves the list; one
that was killed stays on it for a day. LEASES are the orders that it is routing.`,
		Example: `  bookgate replicas --data ./bookgate-data
  bookgate replicas --database postgres://bookgate@db/bookgate --json | jq -r '.[].address'`,
	}, func(ctx context.Context, db *store.DB, _ []string) ([]store.Replica, error) {
		where = db.Path()
		replicas, err := db.Replicas(ctx)
		return notNil(replicas), err
	}, func(a app, replicas []store.Replica) error { return printReplicas(a, replicas, where) })
}

func printReplicas(a app, replicas []store.Replica, where string) error {
	if len(replicas) == 0 {
		fmt.Fprintf(a.err, "no bookgate serves %s; start one with bookgate serve\n", where)
		return nil
	}
	now := time.Now()
	t := newTable(a.out, "ID", "HOST:PID", "ADDRESS", "VERSION", "STATE", "STARTED", "SEEN", "LEASES")
	for _, r := range replicas {
		t.row(r.ID, fmt.Sprintf("%s:%d", r.Host, r.Process), r.Address, r.Version, r.State,
			shortTime(r.Started, now), ago(now.Sub(r.Seen)), strconv.FormatInt(r.Leases, 10))
	}
	return t.flush()
}

// ago says how long ago something was, to the second. What a clock beside ours
// has in the future was just now.
func ago(d time.Duration) string { return max(d, 0).Truncate(time.Second).String() + " ago" }
