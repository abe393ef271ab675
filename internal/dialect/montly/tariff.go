package montly

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Store stores the tariffs of each party. Every sentence here is tested in the
// store.
type Store interface {
	// Tariffs returns a party's table, by months; empty when it has none.
	Tariffs(ctx context.Context, party order.PartyID) (map[int]order.Decimal, error)

	// SetTariffs replaces a party's table, and stores in the same transaction one
	// delivery of the notice for each of the party's endpoints of its formats that
	// is not disabled. An unknown party is NotFound, an erased one a Conflict.
	SetTariffs(ctx context.Context, party order.PartyID, table map[int]order.Decimal, n webhook.Broadcast) error
}

// Table is the monthly amount that a party's customers pay, in per cent of an
// order's amount, by the number of months.
type Table map[int]order.Decimal

// DefaultTable returns the table of a party without one.
func DefaultTable() Table { return Table{24: {Units: 5}} }

// Bounds of a table.
const (
	maxMonths  = 120 // ten years, longer than any lease
	maxPeriods = 20
)

// ParseTable parses entries such as 24=4.47.
func ParseTable(entries []string) (Table, error) {
	t := Table{}
	for _, e := range entries {
		months, percent, ok := strings.Cut(e, "=")
		n, err := strconv.Atoi(strings.TrimSpace(months))
		p, perr := order.ParseDecimal(strings.TrimSpace(percent))
		switch {
		case !ok || err != nil || perr != nil:
			return nil, errTariff("%q is not a valid tariff.", order.Truncate(e))
		case n < 1 || n > maxMonths:
			return nil, errTariff("%d months are not in the range 1 to %d.", n, maxMonths)
		case p.Units <= 0 || rat(p).Cmp(big.NewRat(100, 1)) > 0:
			return nil, errTariff("%s per cent a month are not above 0 and at most 100.", p)
		}
		if _, twice := t[n]; twice {
			return nil, errTariff("%d months are there twice.", n)
		}
		t[n] = p
	}
	if len(t) == 0 || len(t) > maxPeriods {
		return nil, errTariff("There are %d tariffs; a table has 1 to %d.", len(t), maxPeriods)
	}
	return t, nil
}

func errTariff(format string, args ...any) error {
	return order.Errorf(order.Invalid, "lease-tariff", format, args...).
		WithHint("Write MONTHS=PERCENT for each period, for example 24=4.47 36=3.04.")
}

// Months returns the periods, the shortest first.
func (t Table) Months() []int { return slices.Sorted(maps.Keys(t)) }

// tariffWire is a row of the table in JSON.
type tariffWire struct {
	Months int         `json:"months"`
	Tariff json.Number `json:"tariff"`
}

// wire returns the table in JSON form.
func (t Table) wire() []tariffWire {
	rows := []tariffWire{}
	for _, m := range t.Months() {
		rows = append(rows, tariffWire{m, json.Number(plain(t[m]))})
	}
	return rows
}

// plain formats a decimal without trailing zeros.
func plain(d order.Decimal) string {
	s := d.String()
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func rat(d order.Decimal) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil)
	return new(big.Rat).SetFrac(big.NewInt(d.Units), scale)
}

// monthlyAmount returns a percentage of an amount in öre, rounded half up to a
// whole öre, without binary floating point.
func monthlyAmount(total int64, percent order.Decimal) int64 {
	exact := new(big.Rat).Mul(new(big.Rat).SetInt64(total), rat(percent))
	exact.Quo(exact, big.NewRat(100, 1)).Add(exact, big.NewRat(1, 2))
	return new(big.Int).Div(exact.Num(), exact.Denom()).Int64()
}

// TariffsOf returns the table by which a party's orders are priced.
func TariffsOf(ctx context.Context, s Store, party order.PartyID) (Table, error) {
	t, err := s.Tariffs(ctx, party)
	if err != nil {
		return nil, fmt.Errorf("tariffs of %s: %w", party, err)
	}
	if len(t) == 0 {
		return DefaultTable(), nil
	}
	return t, nil
}
