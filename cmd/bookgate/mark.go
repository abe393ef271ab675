package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// markFlags are what mark was told beside its arguments.
type markFlags struct {
	profile, comment, from, to, price, tax string
	facts                                  []string
	detail                                 markDetail
}

// newMark answers a line.
func newMark(a app) *cobra.Command {
	var f markFlags
	c := &cobra.Command{
		Use:   "mark ID LINE STATUS",
		Short: "Answer a line of an order that I received",
		Long: `Answer a line of an order that I received. STATUS is RECEIVED, FULFILLED,
FULFILLED_BLOCKED (delivered, and closed to any change),
FULLFILLED_ASSIGNED_ORGANIZATION (given to every user of the organisation) or
REJECTED. The last answer counts.

Of physical goods --code says more in EDItEUR's words, --expected when the rest
should come, and --shipping, --backordered and --cancelled how the copies divide;
the three add up to the quantity ordered, and one that is not given is 0.

--fact tells the dialect by which the order came something beside the answer,
such as the device that was sent; the dialect says which names it knows.`,
		Example: `  bookgate mark c2b9 1 RECEIVED
  bookgate mark c2b9 2 REJECTED --comment "Utsolgt fra forlaget"
  bookgate mark c2b9 1 FULFILLED --valid-from 2026-08-01 --price 250.15 --tax 25
  bookgate mark c2b9 3 RECEIVED --code AcceptedPartShippingPartBackordered --shipping 3 --backordered 2 --expected 2026-12-01
  bookgate mark c2b9 1 FULFILLED --fact deviceId=1A2B3C4D --fact trackingLink=https://post.example.no/1A2B3C4D`,
		Args: exactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			f.detail.divided = sharesGiven(c)
			m, err := parseMark(args[1], args[2], f)
			if err != nil {
				return err
			}
			conn, id, err := connectTo(c.Context(), a, f.profile, args[0])
			if err != nil {
				return err
			}
			return mark(c.Context(), a, conn, id, m)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.comment, "comment", "", "a word to the sender, wanted with REJECTED")
	c.Flags().StringVar(&f.from, "valid-from", "", "first day on which a licence is good (YYYY-MM-DD)")
	c.Flags().StringVar(&f.to, "valid-to", "", "last day on which a licence is good (YYYY-MM-DD)")
	c.Flags().StringVar(&f.price, "price", "", "price with tax, such as 250.15; needs --tax")
	c.Flags().StringVar(&f.tax, "tax", "", "tax within the price, in per cent, such as 25")
	c.Flags().StringArrayVar(&f.facts, "fact", nil, "NAME=VALUE for the dialect of the order; may be repeated")
	f.detail.flags(c)
	return c
}

func parseMark(line, status string, f markFlags) (m order.Mark, err error) {
	if m.Line, err = strconv.Atoi(line); err != nil || m.Line < 1 {
		return m, usagef("%q is no line number: it is a whole number from 1", order.Cut(line))
	}
	known := false
	if m.Status, known = hal.ParseStatus(strings.ToUpper(status)); !known {
		return m, usagef("%q is no status\n  Write RECEIVED, FULFILLED, FULFILLED_BLOCKED, FULLFILLED_ASSIGNED_ORGANIZATION or REJECTED", order.Cut(status))
	}
	m.Answer.Comment = f.comment
	if m.Answer.ValidFrom, err = parseDay("--valid-from", f.from); err != nil {
		return m, err
	}
	if m.Answer.ValidTo, err = parseDay("--valid-to", f.to); err != nil {
		return m, err
	}
	if m.Answer.Price, err = parsePrice(f.price, f.tax); err != nil {
		return m, err
	}
	if m.Facts, err = parseFacts(f.facts); err != nil {
		return m, err
	}
	return m, f.detail.parse(&m.Answer)
}

func parseFacts(written []string) (order.Facts, error) {
	var facts order.Facts
	for _, s := range written {
		name, value, ok := strings.Cut(s, "=")
		if _, twice := facts[name]; !ok || name == "" || value == "" || twice {
			return nil, usagef("--fact %q is no fact, or a second one of its name; write NAME=VALUE, such as deviceId=1A2B3C4D", order.Cut(s))
		}
		facts = facts.With(name, value)
	}
	return facts, nil
}

func parseDay(flag, s string) (order.Day, error) {
	if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
		return "", usagef("%s %q is no day; write it like 2026-08-01", flag, order.Cut(s))
	}
	return order.Day(s), nil
}

func parsePrice(price, tax string) (*order.SoldPrice, error) {
	if price == "" && tax == "" {
		return nil, nil
	}
	amount, err := order.ParseDecimal(price)
	if err != nil {
		return nil, usagef("--price and --tax go together, and --price %q is no amount: %w", order.Cut(price), err)
	}
	percent, err := order.ParseDecimal(tax)
	if err != nil {
		return nil, usagef("--price and --tax go together, and --tax %q is no percentage: %w", order.Cut(tax), err)
	}
	return &order.SoldPrice{Amount: amount, Tax: percent}, nil
}

// mark sends an answer and says what it changed.
func mark(ctx context.Context, a app, c *client.Client, id order.ID, m order.Mark) error {
	doc, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	if err := c.Mark(ctx, id, "", m); err != nil {
		return err
	}
	was := ""
	for _, l := range doc.Embedded.Lines {
		if l.Number == m.Line {
			was = l.Status
		}
	}
	words := detailWords(hal.Line{Comment: m.Answer.Comment, Code: m.Answer.Code, Expected: m.Answer.Expected,
		Quantities: m.Answer.Shares, Substitute: m.Answer.Substitute})
	_, err = fmt.Fprintln(a.out, markedWords(m.Line, was, hal.StatusWord(m.Status), words))
	return err
}
