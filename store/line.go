package store

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// line dials for one connection: first to make it, and from then on whenever
// the driver asks the server to cancel what the connection is at. It does that
// when a context ends, and also when an answer does not come for any other
// reason. A commit that waits for its standby would then become visible without
// it, and the next failover would take back what readers have seen; so while
// the connection commits, nothing is dialled.
type line struct {
	dial       pgconn.DialFunc
	committing atomic.Bool
}

// lineKey is where a connection keeps its line.
const lineKey = "line"

// ownLine gives the connection that is about to be made a line of its own.
func ownLine(_ context.Context, config *pgx.ConnConfig) error {
	l := &line{dial: config.DialFunc}
	config.DialFunc = l.call
	config.AfterConnect = func(_ context.Context, c *pgconn.PgConn) error {
		c.CustomData()[lineKey] = l
		return nil
	}
	return nil
}

var errCommitting = errors.New("a commit is not cancelled")

func (l *line) call(ctx context.Context, network, address string) (net.Conn, error) {
	if l.committing.Load() {
		return nil, errCommitting
	}
	return l.dial(ctx, network, address)
}

// uncancelled runs a commit. If it fails, what became of the connection is not
// known, and it stays as it is: it is never asked to cancel anything again.
func (c *conn) uncancelled(ctx context.Context, text string) error {
	var l *line
	err := c.sql.Raw(func(driver any) error {
		l = driver.(*stdlib.Conn).Conn().PgConn().CustomData()[lineKey].(*line)
		return nil
	})
	if err != nil {
		return err
	}
	l.committing.Store(true)
	if _, err := c.control(ctx, text); err != nil {
		return err
	}
	l.committing.Store(false)
	return nil
}
