package simulation

import (
	"context"
	"database/sql/driver"
	"strings"
	"sync"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// ailment is what can be wrong with the database.
type ailment int

// The ailments.
const (
	healthy       ailment = iota
	locked                // another process holds the database for one look
	lockedLong            // and for longer than the writer tries
	commitFails           // the commit fails, and nothing is committed
	answerLost            // the commit succeeds, and its answer is an error
	diskFull              // a statement finds no space, and takes the transaction with it
	unwritable            // a statement fails, and the transaction goes on
	unreadable            // a look fails
	dies                  // the process dies before a statement
	diesCommitted         // the process dies after a commit, before its answer
)

var ailmentNames = map[ailment]string{locked: "locked", lockedLong: "locked for long", commitFails: "commit fails",
	answerLost: "answer lost",
	diskFull:   "disk full", unwritable: "write fails", unreadable: "read fails", dies: "dies",
	diesCommitted: "dies after a commit"}

// String names the ailment in a trace.
func (a ailment) String() string { return ailmentNames[a] }

// faults stand between a store and its database. One ailment is set at a time; it
// strikes the statement that it is about, after some have passed.
type faults struct {
	mu sync.Mutex
	illness
	dead bool // the process has died: nothing reaches the database any more
}

// illness is an ailment that is set.
type illness struct {
	set    ailment
	pass   int  // statements that still pass
	left   int  // statements that are struck
	struck bool // since it was set
}

// suspend takes away what is set, and resume puts it back.
func (f *faults) suspend() illness {
	f.mu.Lock()
	defer f.mu.Unlock()
	set := f.illness
	f.illness = illness{}
	return set
}

func (f *faults) resume(set illness) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.illness = set
}

// arm sets an ailment, which begins after pass statements that it is about.
func (f *faults) arm(a ailment, pass int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.illness = illness{set: a, pass: pass, left: 1}
	if a == lockedLong {
		f.left = lockedTries
	}
}

// lockedTries is more than the writer tries.
const lockedTries = 3

// disarm ends an ailment and reports whether it struck.
func (f *faults) disarm() (struck bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = healthy
	return f.struck
}

// strikes returns what becomes of a statement.
func (f *faults) strikes(query string) ailment {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return dies
	}
	if f.set == healthy || strings.HasPrefix(query, "PRAGMA") || !f.set.about(query) {
		return healthy
	}
	if f.pass > 0 {
		f.pass--
		return healthy
	}
	if f.left == 0 {
		return healthy
	}
	f.left--
	f.struck = true
	f.dead = f.set == dies
	return f.set
}

// about reports whether an ailment can strike a statement.
func (a ailment) about(query string) bool {
	switch a {
	case locked, lockedLong:
		return strings.HasPrefix(query, "BEGIN IMMEDIATE")
	case commitFails, answerLost, diesCommitted:
		return query == "COMMIT"
	case diskFull, unwritable:
		return strings.HasPrefix(query, "INSERT") || strings.HasPrefix(query, "UPDATE") || strings.HasPrefix(query, "DELETE")
	case unreadable:
		return strings.HasPrefix(query, "SELECT") || strings.HasPrefix(query, "WITH")
	}
	return query != "ROLLBACK"
}

// die is what a process does that is killed: nothing that it does from now on
// reaches the database.
func (f *faults) die() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

// run lets a statement through, or not. rollback ends the transaction, as SQLite
// does by itself when the disk is full.
func (f *faults) run(query string, do, rollback func() error) error {
	switch f.strikes(query) {
	case locked, lockedLong:
		return sqlite3.Error{Code: sqlite3.ErrBusy}
	case commitFails, unwritable, unreadable, dies:
		return sqlite3.Error{Code: sqlite3.ErrIoErr}
	case answerLost:
		if err := do(); err != nil {
			return err
		}
		return sqlite3.Error{Code: sqlite3.ErrIoErr}
	case diesCommitted:
		if err := do(); err != nil {
			return err
		}
		f.die()
		return sqlite3.Error{Code: sqlite3.ErrIoErr}
	case diskFull:
		if err := rollback(); err != nil {
			return err
		}
		return sqlite3.Error{Code: sqlite3.ErrFull}
	}
	return do()
}

// faultyConnector opens connections that faults can strike.
type faultyConnector struct {
	driver.Connector
	faults *faults
}

// Connect opens a connection.
func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn, c.faults}, nil
}

// faultyConn is a connection of the driver. It shows database/sql what the store
// uses of it.
type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c *faultyConn) rollback() error {
	_, err := c.Conn.(driver.ExecerContext).ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// PrepareContext prepares a statement that faults can strike.
func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{s, c, query}, nil
}

// ExecContext runs statements that were not prepared.
func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result,
	err error) {
	err = c.faults.run(query, func() (err error) {
		result, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
		return err
	}, c.rollback)
	return result, err
}

// QueryContext runs a query that was not prepared.
func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows,
	err error) {
	err = c.faults.run(query, func() (err error) {
		rows, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
		return err
	}, c.rollback)
	return rows, err
}

// faultyStmt is a prepared statement.
type faultyStmt struct {
	driver.Stmt
	conn  *faultyConn
	query string
}

// ExecContext runs the statement.
func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = s.conn.faults.run(s.query, func() (err error) {
		result, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	}, s.conn.rollback)
	return result, err
}

// QueryContext runs the query.
func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = s.conn.faults.run(s.query, func() (err error) {
		rows, err = s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
		return err
	}, s.conn.rollback)
	return rows, err
}

// connectThrough puts faults between a store and its database.
func connectThrough(f *faults) func(driver.Connector) driver.Connector {
	return func(c driver.Connector) driver.Connector { return faultyConnector{c, f} }
}
