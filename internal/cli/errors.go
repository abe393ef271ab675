package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// The exit codes, as documented in the README.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitNotAllowed  = 4
	ExitConflict    = 5
	ExitRefused     = 6 // a document was refused
	ExitUnavailable = 7 // network or server; try again
	ExitPartial     = 8 // a part of a batch failed
	ExitConfig      = 78
	ExitInterrupted = 130
)

// ErrSilent ends a command that has printed everything already.
var ErrSilent = errors.New("said already")

// usageError is a command line that cannot be carried out.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage makes err the fault of the command line: exit code 2.
func Usage(err error) error { return usageError{err} }

// Usagef returns a fault of the command line.
func Usagef(format string, values ...any) error { return Usage(fmt.Errorf(format, values...)) }

// codedError ends a command with an exit code of its own.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

// WithExit returns err with the exit code that it ends the command with.
func WithExit(code int, err error) error { return codedError{code, err} }

// ExitCode maps an error to what a script can act on.
func ExitCode(err error) int {
	var coded codedError
	var usage usageError
	var e *order.Error
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &e) && wrongStore(e):
		return ExitConfig
	case errors.As(err, &e):
		return exitOfKind(e)
	}
	return ExitFailure
}

// wrongStore reports whether the operator has to repair the store, or correct the
// setting that names it. Temporary errors of the store are Unavailable instead.
func wrongStore(e *order.Error) bool {
	return e.Kind == order.Invalid && strings.HasPrefix(e.Code, "store-") || e.Code == "store-damaged"
}

func exitOfKind(e *order.Error) int {
	switch e.Kind {
	case order.NotFound, order.Gone:
		return ExitNotFound
	case order.Unauthenticated, order.Forbidden:
		return ExitNotAllowed
	case order.Conflict, order.Stale:
		return ExitConflict
	case order.Malformed, order.Invalid, order.TooLarge, order.Unsupported, order.NotAllowed:
		if strings.HasPrefix(e.Code, "xml-") || strings.HasPrefix(e.Code, "editx-") {
			return ExitRefused
		}
		return ExitUsage
	case order.TooMany, order.Unavailable:
		return ExitUnavailable
	}
	return ExitFailure
}

// PrintError prints an error and its hint. The cause of an internal error is
// printed too: the reader is the operator.
func PrintError(w io.Writer, err error) {
	var e *order.Error
	if !errors.As(err, &e) {
		fmt.Fprintf(w, "bookgate: %v\n", err)
		return
	}
	fmt.Fprintf(w, "bookgate: %s\n", e.Detail)
	for _, f := range e.Fields {
		switch message := strings.TrimSuffix(f.Message, "."); {
		case !strings.Contains(e.Detail, message):
			fmt.Fprintf(w, "  %s%s\n", FieldPlace(f), f.Message)
		case f.Path != "":
			fmt.Fprintf(w, "  in %s\n", f.Path)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(w, "  cause: %v\n", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "  %s\n", e.Hint)
	}
}

// FieldPlace returns the position of an invalid value, or "".
func FieldPlace(f order.Field) string {
	switch {
	case f.Line > 0 && f.Path != "":
		return fmt.Sprintf("line %d, column %d   %s: ", f.Line, f.Column, f.Path)
	case f.Line > 0:
		return fmt.Sprintf("line %d, column %d   ", f.Line, f.Column)
	case f.Path != "":
		return f.Path + ": "
	case f.Pointer != "":
		return f.Pointer + ": "
	case f.Parameter != "":
		return f.Parameter + ": "
	}
	return ""
}
