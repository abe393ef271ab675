package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bookgate/bookgate/order"
)

func TestStatesAreSorted(t *testing.T) {
	state := func(code string) error { return fmt.Errorf("deep inside: %w", &pgconn.PgError{Code: code}) }
	for _, code := range []string{"40001", "40P01", "25006", "57P01", "57P02", "57P03", "08006", "08P01", "55P03", "57014", "53300"} {
		if f := explainPostgres(state(code)); !postgresBusy(state(code)) || f == nil || f.Code != "store-busy" {
			t.Errorf("%s: busy %v, %v", code, postgresBusy(state(code)), f)
		}
	}
	for code, want := range map[string]string{"53100": "store-full", "53200": "store-failed", "XX000": "store-failed", "XX001": "store-damaged", "23505": "store-failed", "42601": "store-failed", "58030": "store-failed"} {
		if f := explainPostgres(state(code)); postgresBusy(state(code)) || f == nil || f.Code != want {
			t.Errorf("%s: %v", code, f)
		}
	}
	for code, want := range map[string]bool{"28000": true, "28P01": true, "3D000": true, "42501": true, "57P03": false, "53300": false, "53100": false} {
		err := cannotOpen("there", state(code), explainPostgres, lastingAccess, postgresHint)
		if got := order.KindOf(err) == order.Invalid; got != want || order.CodeOf(err) != "store-open" {
			t.Errorf("a start that ends with %s gave %v", code, err)
		}
	}
	for _, err := range []error{io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "dial", Err: errors.New("refused")}, &awayError{io.EOF}} {
		if !postgresBusy(fmt.Errorf("deep inside: %w", err)) {
			t.Errorf("%v is not taken for a lost connection", err)
		}
	}
	for _, err := range []error{errors.New("bad"), context.Canceled, context.DeadlineExceeded, order.Errorf(order.Conflict, "x", "y")} {
		if postgresBusy(err) || explainPostgres(err) != nil {
			t.Errorf("%v is taken for a fault of the database", err)
		}
	}
}
