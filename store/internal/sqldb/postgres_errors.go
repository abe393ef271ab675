package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bookgate/bookgate/order"
)

// awayError reports that the database did not answer in our time. It hides its
// cause, which may be an ended context of our own and not of the caller's.
type awayError struct{ err error }

func (e *awayError) Error() string { return "the database did not answer: " + e.err.Error() }

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// transient are the states that pass: the same work may succeed if done again,
// on a fresh connection where the old one is of no use.
func transient(code string) bool {
	switch code {
	case "40001", "40P01", // serialization failure, deadlock
		"55P03", "57014", "25P03", "25P04", // a time limit of ours: lock, statement, idle in transaction, transaction
		"25006",                   // read-only: the server has become a standby
		"57P01", "57P02", "57P03", // the server stops, has crashed, or starts
		"57P05", "53300": // an idle session was ended; no connection is free
		return true
	}
	return len(code) == 5 && code[:2] == "08" // the connection is lost
}

// postgresBusy reports that the same work may succeed if done again.
func postgresBusy(err error) bool {
	if code := sqlState(err); code != "" {
		return transient(code)
	}
	return ConnectionLost(err)
}

// ConnectionLost reports that the connection broke, or could not be made, without
// a word from the server.
func ConnectionLost(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	var away *awayError
	var standby *standbyError
	if errors.As(err, &away) || errors.As(err, &standby) || errors.As(err, &connect) || pgconn.SafeToRetry(err) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return errors.As(err, &network) ||
		slices.ContainsFunc(brokenConnections(), func(b error) bool { return errors.Is(err, b) })
}

func brokenConnections() []error {
	return []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone, syscall.EPIPE,
		syscall.ECONNRESET}
}

func postgresUnique(err error) bool { return sqlState(err) == "23505" }

// postgresBroken knows the class of internal errors, which those of damaged
// pages are in, and an error of the disk.
func postgresBroken(err error) bool {
	code := sqlState(err)
	return strings.HasPrefix(code, "XX") || code == "58030"
}

// unusable reports that a connection must not be used again though it works.
func unusable(err error) bool { return sqlState(err) == "25006" }

// explainPostgres sorts PostgreSQL's faults by what can be done about them.
func explainPostgres(err error) *Fault {
	var raced *RacedError
	var standby *standbyError
	code := sqlState(err)
	if f := explainAccess(code); f != nil {
		return f
	}
	switch {
	case errors.As(err, &standby):
		return &Fault{order.Unavailable, "store-busy", "The database takes no changes: it is a standby, or read-only."}
	case postgresBusy(err), errors.As(err, &raced):
		return &Fault{order.Unavailable, "store-busy", "The database does not answer, or is busy with another change."}
	case code == "":
		return nil
	case code == "53100":
		return &Fault{order.Unavailable, "store-full", "There is no space left on the disk of the database."}
	case code[:2] == "53", code[:2] == "58":
		return &Fault{order.Unavailable, "store-failed", "The database server reports that it lacks what it needs."}
	case code == "XX001", code == "XX002":
		return &Fault{order.Internal, "store-damaged", "The database is damaged."}
	}
	return &Fault{order.Internal, "store-failed", "The store refused the change."}
}

// lastingAccess reports of a database that cannot be opened that waiting is no
// help: the address, or the rights of its user, must be put right.
func lastingAccess(err error) bool {
	switch sqlState(err) {
	case "28000", "28P01", "3D000", "42501":
		return true
	}
	return false
}

// unreachable returns the words for a server that cannot be reached at all, or "".
// One that is about to start is reached and says so.
func unreachable(err error) string {
	var standby *standbyError
	var name *net.DNSError
	switch {
	case sqlState(err) != "", errors.As(err, &standby):
		return ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing accepts connections there"
	case errors.As(err, &name):
		return "the name " + name.Name + " cannot be resolved"
	}
	return ""
}

// explainAccess has the words for a database that we may not use.
func explainAccess(code string) *Fault {
	switch code {
	case "28000", "28P01":
		return &Fault{order.Unavailable, "store-failed", "The database does not accept this user and password."}
	case "3D000":
		return &Fault{order.Unavailable, "store-failed", "The server has no database of this name."}
	case "42501":
		return &Fault{order.Unavailable, "store-failed", "This user may not do in the database what bookgate needs."}
	}
	return nil
}
