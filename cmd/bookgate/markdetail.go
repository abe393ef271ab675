package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// markDetail is what mark was told of a line of physical goods.
type markDetail struct {
	code, expected, substitute       string
	shipping, backordered, cancelled int64
	divided                          bool // one of the three was given
}

func (d *markDetail) flags(c *cobra.Command) {
	c.Flags().StringVar(&d.code, "code", "", "EDItEUR's order line status, such as AcceptedBackordered or CanceledCannotSupply")
	c.Flags().StringVar(&d.expected, "expected", "", "day on which back-ordered copies should come (YYYY-MM-DD)")
	c.Flags().Int64Var(&d.shipping, "shipping", 0, "copies that are shipped")
	c.Flags().Int64Var(&d.backordered, "backordered", 0, "copies that come later")
	c.Flags().Int64Var(&d.cancelled, "cancelled", 0, "copies that never come")
	c.Flags().StringVar(&d.substitute, "substitute", "", "the product that comes instead, SCHEME:VALUE")
}

// sharesGiven reports whether the copies were divided: 0 may be meant.
func sharesGiven(c *cobra.Command) bool {
	return c.Flags().Changed("shipping") || c.Flags().Changed("backordered") || c.Flags().Changed("cancelled")
}

// parse puts the flags into an answer.
func (d *markDetail) parse(a *order.Answer) (err error) {
	if a.Code = order.LineCode(d.code); a.Code != "" && !a.Code.Valid() {
		return usagef("--code %q is no order line status of EDItEUR\n  Write for example AcceptedBackordered, CanceledCannotSupply or AlreadyShipped; letter case counts", order.Cut(d.code))
	}
	if a.Expected, err = parseDay("--expected", d.expected); err != nil {
		return err
	}
	if d.divided {
		a.Shares = &order.Shares{Shipping: d.shipping, Backordered: d.backordered, Cancelled: d.cancelled}
	}
	if d.substitute != "" {
		id, err := order.ParseIdentifier(d.substitute)
		if err != nil {
			return err
		}
		a.Substitute = []order.Identifier{id}
	}
	return nil
}

// markedWords tells on one line what became of a line of an order.
func markedWords(line int, was, is, words string) string {
	s := fmt.Sprintf("line %d: %s → %s", line, was, is)
	if words != "" {
		s += "  " + printable(words)
	}
	return s
}

// detailWords is what the receiver says of the goods themselves: its comment,
// its code, how the copies divide, when the rest comes, and what comes instead.
func detailWords(l hal.Line) string {
	var words []string
	add := func(there bool, text string) {
		if there {
			words = append(words, text)
		}
	}
	add(l.Comment != "", strconv.Quote(l.Comment))
	add(l.Code != "", string(l.Code))
	if q := l.Quantities; q != nil {
		add(q.Shipping != 0, fmt.Sprintf("%d shipping", q.Shipping))
		add(q.Backordered != 0, fmt.Sprintf("%d back-ordered", q.Backordered))
		add(q.Cancelled != 0, fmt.Sprintf("%d cancelled", q.Cancelled))
	}
	add(l.Expected != "", "expected "+string(l.Expected))
	if len(l.Substitute) > 0 {
		add(true, "instead "+l.Substitute[0].String())
	}
	return strings.Join(words, ", ")
}
