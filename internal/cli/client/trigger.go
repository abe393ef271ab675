package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// triggerFlags are the flags of trigger.
type triggerFlags struct{ profile, from, to string }

// newTrigger makes an example of an event.
func newTrigger(a cli.App) *cobra.Command {
	var f triggerFlags
	c := &cobra.Command{
		Use:   "trigger EVENT",
		Short: "Send a signed example event to a program on this machine",
		Long: `Create an example event as in a webhook, signed with the secret of this machine (that
of bookgate listen), and send it to --to; without --to print it as a curl command.
Nothing changes at the server, and none is needed unless --from names an order to copy
the values from. The change number is made up.

EVENT is order.received, order.sent, order.failed, order.line.status,
order.answered, order.reduced, order.erased or endpoint.test.`,
		Example: `  bookgate trigger order.sent --to http://127.0.0.1:3000/webhooks
  bookgate trigger order.line.status --from 4db9 --to http://127.0.0.1:3000/webhooks
  bookgate trigger order.failed                 # print it as a curl command`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := parseEventType(args[0])
			if err != nil {
				return err
			}
			return f.run(c.Context(), a, t)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.from, "from", "", "copy the values from this order")
	c.Flags().StringVar(&f.to, "to", "", "send it to this address")
	return c
}

// parseEventType takes a type that a webhook can bring, and names the nearest
// for an unknown one.
func parseEventType(word string) (webhook.Type, error) {
	t := webhook.Type(word)
	if t == webhook.EndpointTest || slices.Contains(webhook.Types(), t) {
		return t, nil
	}
	if strings.Contains(word, "*") {
		return "", cli.Usagef("%q is a pattern; name one type, such as order.sent", order.Truncate(word))
	}
	return "", webhook.Filter{word}.Check()
}

func (f triggerFlags) run(ctx context.Context, a cli.App, t webhook.Type) error {
	secret, err := localSecret(a, f.profile)
	if err != nil {
		return err
	}
	now := time.Now()
	d, public := exampleOf(t, now), "https://orders.example.no"
	if f.from != "" {
		if public, err = f.takeFrom(ctx, a, &d); err != nil {
			return err
		}
	}
	body, err := webhook.StandardBody(public, d)
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	webhook.Sign(header, d.ID, now, body, secret)
	if f.to == "" {
		_, err := fmt.Fprintln(a.Out, curlWords(header, body))
		return err
	}
	return f.send(ctx, a, t, header, body)
}

// exampleOf makes an example of a type.
func exampleOf(t webhook.Type, now time.Time) webhook.Delivery {
	id := order.NewID(now)
	d := webhook.Delivery{ID: "msg_" + string(id), Type: t,
		Event: webhook.Event{Change: 1, Order: id, Number: "example-1", Event: 1, At: now, Role: order.RoleSender}}
	ev := &d.Event
	switch t {
	case webhook.OrderReceived:
		ev.To = order.Unprocessed
	case webhook.OrderSent:
		ev.From, ev.To = order.Unprocessed, order.Sent
	case webhook.OrderFailed:
		ev.From, ev.To = order.Unprocessed, order.Failed
	case webhook.OrderLineStatus:
		ev.Line, ev.From, ev.To = 1, order.Sent, order.Received
	case webhook.OrderAnswered:
		ev.From, ev.To = order.Sent, order.Received
	case webhook.OrderReduced:
		ev.Line, ev.To = 2, order.Requested
	case webhook.EndpointTest:
		d.Event = webhook.Event{At: now}
	}
	return d
}

// takeFrom copies the values of an order into an example, and returns the address of
// its server. When the order has several events of the type, the last counts.
func (f triggerFlags) takeFrom(ctx context.Context, a cli.App, d *webhook.Delivery) (public string, err error) {
	if d.Type == webhook.EndpointTest {
		return "", cli.Usagef("endpoint.test is about no order, so it takes no --from")
	}
	c, id, err := connectTo(ctx, a, f.profile, f.from)
	if err != nil {
		return "", err
	}
	doc, _, err := c.Order(ctx, id)
	if err != nil {
		return "", err
	}
	events, err := c.History(ctx, id)
	if err != nil {
		return "", err
	}
	d.Event.Order, d.Event.Number = id, doc.Number
	found := false
	for _, e := range events {
		to, _ := hal.ParseStatus(e.To)
		if t, ok := webhook.TypeOf(e.Kind, to); ok && t == d.Type {
			from, _ := hal.ParseStatus(e.From)
			d.Event.Event, d.Event.At, d.Event.Line = e.Number, e.At.Time, e.Line
			d.Event.From, d.Event.To, found = from, to, true
		}
	}
	if !found {
		fmt.Fprintf(a.Err, "order %s has no %s; all but its id and number is made up\n", cli.Printable(doc.Number),
			d.Type)
	}
	return c.Base(), nil
}

// send sends an example; an answer that would count as failed is a failure.
func (f triggerFlags) send(ctx context.Context, a cli.App, t webhook.Type, header http.Header, body []byte) error {
	target, err := client.NewForwarder(f.to)
	if err != nil {
		return err
	}
	header.Set("User-Agent", "bookgate/"+a.Version)
	sent, err := target.Send(ctx, header, body)
	if err != nil {
		return err
	}
	words := fmt.Sprintf("%s sent to %s: %d in %d ms", t, cli.Printable(f.to), sent.Status, sent.Took.Milliseconds())
	if sent.Status/100 != 2 {
		return cli.WithExit(cli.ExitFailure,
			fmt.Errorf("%s\n  A webhook counts as delivered only when the answer is 2xx", words))
	}
	_, err = fmt.Fprintln(a.Out, words)
	return err
}

// curlWords writes a message as a call of curl.
func curlWords(header http.Header, body []byte) string {
	var b strings.Builder
	b.WriteString("curl -si http://127.0.0.1:3000/")
	for _, name := range []string{"Content-Type", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		fmt.Fprintf(&b, " \\\n  -H %s", quoted(strings.ToLower(name)+": "+header.Get(name)))
	}
	fmt.Fprintf(&b, " \\\n  --data-raw %s", quoted(string(body)))
	return b.String()
}

// quoted writes a word for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
