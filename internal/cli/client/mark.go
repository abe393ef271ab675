package client

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// markFlags are the flags of mark.
type markFlags struct {
	profile, comment, from, to, price, tax string
	attributes                             []string
	detail                                 markDetail
}

// newMark answers a line.
func newMark(a cli.App) *cobra.Command {
	var f markFlags
	c := &cobra.Command{
		Use:   "mark ID LINE STATUS",
		Short: "Answer a line of an order that I received",
		Long: `Answer a line of an order that I received. STATUS is RECEIVED, FULFILLED,
FULFILLED_BLOCKED (delivered, no further changes), FULLFILLED_ASSIGNED_ORGANIZATION
(assigned to every user of the organisation) or REJECTED. The last answer counts.

For physical goods --code adds EDItEUR's order line status, --expected the day of the
remaining delivery, and --shipping, --backordered and --cancelled the quantities; the
three add up to the quantity ordered, and the default of each is 0.

--attribute adds a value for the dialect of the order, such as the id of the device that
was sent. Each dialect defines its attributes.`,
		Example: `  bookgate mark c2b9 1 RECEIVED
  bookgate mark c2b9 2 REJECTED --comment "Utsolgt fra forlaget"
  bookgate mark c2b9 1 FULFILLED --valid-from 2026-08-01 --price 250.15 --tax 25
  bookgate mark c2b9 3 RECEIVED --code AcceptedPartShippingPartBackordered --shipping 3 --backordered 2 --expected 2026-12-01
  bookgate mark c2b9 1 FULFILLED --attribute deviceId=1A2B3C4D --attribute trackingLink=https://post.example.no/1A2B3C4D`,
		Args: cli.ExactArgs(3),
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
	c.Flags().StringVar(&f.comment, "comment", "", "a comment to the sender, expected with REJECTED")
	c.Flags().StringVar(&f.from, "valid-from", "", "first day of a licence (YYYY-MM-DD)")
	c.Flags().StringVar(&f.to, "valid-to", "", "last day of a licence (YYYY-MM-DD)")
	c.Flags().StringVar(&f.price, "price", "", "price with tax, such as 250.15; needs --tax")
	c.Flags().StringVar(&f.tax, "tax", "", "tax included in the price, in per cent, such as 25")
	c.Flags().StringArrayVar(&f.attributes, "attribute", nil,
		"attribute for the dialect of the order, NAME=VALUE; may be repeated")
	f.detail.flags(c)
	return c
}

func parseMark(line, status string, f markFlags) (m order.LineUpdate, err error) {
	if m.Line, err = strconv.Atoi(line); err != nil || m.Line < 1 {
		return m, cli.Usagef("%q is not a valid line number: it is a whole number from 1", order.Truncate(line))
	}
	known := false
	if m.Status, known = hal.ParseStatus(strings.ToUpper(status)); !known {
		return m, cli.Usagef("%q is not a valid status\n"+
			"  Write RECEIVED, FULFILLED, FULFILLED_BLOCKED, FULLFILLED_ASSIGNED_ORGANIZATION or REJECTED",
			order.Truncate(status))
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
	if m.Attributes, err = parseAttributes(f.attributes); err != nil {
		return m, err
	}
	return m, f.detail.parse(&m.Answer)
}

func parseAttributes(written []string) (order.Attributes, error) {
	var attributes order.Attributes
	for _, s := range written {
		name, value, ok := strings.Cut(s, "=")
		if _, twice := attributes[name]; !ok || name == "" || value == "" || twice {
			return nil, cli.Usagef("--attribute %q is not NAME=VALUE, or repeats a name; write for example "+
				"deviceId=1A2B3C4D", order.Truncate(s))
		}
		attributes = attributes.Set(name, value)
	}
	return attributes, nil
}

func parseDay(flag, s string) (order.Day, error) {
	if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
		return "", cli.Usagef("%s %q is not a valid day; write it like 2026-08-01", flag, order.Truncate(s))
	}
	return order.Day(s), nil
}

func parsePrice(price, tax string) (*order.ConfirmedPrice, error) {
	if price == "" && tax == "" {
		return nil, nil
	}
	amount, err := order.ParseDecimal(price)
	if err != nil {
		return nil, cli.Usagef("--price and --tax go together, and --price %q is not a valid amount: %w",
			order.Truncate(price), err)
	}
	percent, err := order.ParseDecimal(tax)
	if err != nil {
		return nil, cli.Usagef("--price and --tax go together, and --tax %q is not a valid percentage: %w",
			order.Truncate(tax), err)
	}
	return &order.ConfirmedPrice{Amount: amount, Tax: percent}, nil
}

// mark sends an answer and says what it changed.
func mark(ctx context.Context, a cli.App, c *client.Client, id order.ID, m order.LineUpdate) error {
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
		Quantities: m.Answer.Quantities, Substitute: m.Answer.Substitute})
	_, err = fmt.Fprintln(a.Out, markedWords(m.Line, was, hal.StatusWord(m.Status), words))
	return err
}

// markDetail are the flags of mark for physical goods.
type markDetail struct {
	code, expected, substitute       string
	shipping, backordered, cancelled int64
	divided                          bool // one of the three was given
}

func (d *markDetail) flags(c *cobra.Command) {
	c.Flags().StringVar(&d.code, "code", "",
		"EDItEUR's order line status, such as AcceptedBackordered or CanceledCannotSupply")
	c.Flags().StringVar(&d.expected, "expected", "", "expected day of back-ordered copies (YYYY-MM-DD)")
	c.Flags().Int64Var(&d.shipping, "shipping", 0, "quantity shipped")
	c.Flags().Int64Var(&d.backordered, "backordered", 0, "quantity back-ordered")
	c.Flags().Int64Var(&d.cancelled, "cancelled", 0, "quantity cancelled")
	c.Flags().StringVar(&d.substitute, "substitute", "", "the substitute product, SCHEME:VALUE")
}

// sharesGiven reports whether the copies were divided: 0 may be meant.
func sharesGiven(c *cobra.Command) bool {
	return c.Flags().Changed("shipping") || c.Flags().Changed("backordered") || c.Flags().Changed("cancelled")
}

// parse puts the flags into an answer.
func (d *markDetail) parse(a *order.Answer) (err error) {
	if a.Code = order.LineCode(d.code); a.Code != "" && !a.Code.Valid() {
		return cli.Usagef("--code %q is not an order line status of EDItEUR\n"+
			"  Write for example AcceptedBackordered, CanceledCannotSupply or AlreadyShipped; letter case counts",
			order.Truncate(d.code))
	}
	if a.Expected, err = parseDay("--expected", d.expected); err != nil {
		return err
	}
	if d.divided {
		a.Quantities = &order.Quantities{Shipping: d.shipping, Backordered: d.backordered, Cancelled: d.cancelled}
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

// markedWords describes on one line the change of a line of an order.
func markedWords(line int, was, is, words string) string {
	s := fmt.Sprintf("line %d: %s → %s", line, was, is)
	if words != "" {
		s += "  " + cli.Printable(words)
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

// newRespond answers many lines with a document.
func newRespond(a cli.App) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "respond ID FILE",
		Short: "Answer an order that I received with an EDItX OrderResponse",
		Long: `Answer an order that I received with an EDItX OrderResponse: all of its lines are
accepted, or none. Lines that the document omits are not changed and are listed at the
end. A FILE of - is standard input.`,
		Example: `  bookgate respond c2b9 response.xml
  make-response | bookgate respond c2b9 -`,
		Args: cli.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			body, err := cli.ReadDocument(a, args[1])
			if err != nil {
				return err
			}
			conn, id, err := connectTo(c.Context(), a, name, args[0])
			if err != nil {
				return err
			}
			return respond(c.Context(), a, conn, id, body)
		},
	}
	profileFlag(c, a, &name)
	return c
}

// respond sends the answer and says what it changed.
func respond(ctx context.Context, a cli.App, c *client.Client, id order.ID, body []byte) error {
	before, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	missing, findings, err := c.Respond(ctx, id, "", body)
	if err != nil {
		return cli.RefusedDocument(err)
	}
	after, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	if n := printMarked(a, before, after); n == 0 {
		fmt.Fprintln(a.Out, "nothing changed: the order has these answers already")
	}
	printFindings(a.Err, findings)
	for _, line := range missing {
		fmt.Fprintf(a.Out, "line %d: not answered yet\n", line)
	}
	return nil
}

// printMarked prints the lines whose answer differs and returns how many.
func printMarked(a cli.App, before, after hal.Order) (n int) {
	was := map[int]hal.Line{}
	for _, l := range before.Embedded.Lines {
		was[l.Number] = l
	}
	for _, l := range after.Embedded.Lines {
		if old, ok := was[l.Number]; ok && !old.Changed.Equal(l.Changed.Time) {
			fmt.Fprintln(a.Out, markedWords(l.Number, old.Status, l.Status, answerWords(l)))
			n++
		}
	}
	return n
}
