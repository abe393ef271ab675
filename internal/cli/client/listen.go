package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// listenFlags are the flags of listen.
type listenFlags struct {
	profile, forwardTo string
	events             []string
	now, asJSON        bool
}

// newListen shows what happens, and hands it to a program on this machine.
func newListen(a cli.App) *cobra.Command {
	var f listenFlags
	c := &cobra.Command{
		Use:   "listen",
		Short: "Stream my events and forward them to a program on this machine",
		Long: `Stream my events, and with --forward-to send each to a program as a webhook would: the
same body, signed with a secret of this machine, which is shown at the start and does
not change. No endpoint has to be registered, and this machine does not have to be
reachable from the internet.

The position in the stream is stored on this machine: an interrupted connection is
reopened, and the next call continues where this one ended, so that no event is missed;
--now starts with the next event. Deliveries that are sent again by bookgate webhook
resend are streamed too while this runs; with several replicas, those of the replica
that this is connected to.

A failed request to the program is reported and not retried.`,
		Example: `  bookgate listen
  bookgate listen --forward-to http://127.0.0.1:3000/webhooks --events 'order.line.*'
  bookgate listen --now --json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := openListener(a, f)
			if err != nil {
				return err
			}
			return l.run(c.Context())
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.forwardTo, "forward-to", "", "send each event to this address")
	c.Flags().StringSliceVar(&f.events, "events", nil, "event types and patterns, separated by commas; default all")
	c.Flags().BoolVar(&f.now, "now", false, "start with the next event")
	cli.JSONFlag(c, &f.asJSON)
	return c
}

// listener is one call of the command.
type listener struct {
	cli.App
	listenFlags
	client  *client.Client
	forward *client.Forwarder // nil when nothing is forwarded
	secret  webhook.Secret
	last    savedCursor
}

func openListener(a cli.App, f listenFlags) (*listener, error) {
	if err := webhook.Filter(f.events).Check(); err != nil {
		return nil, err
	}
	c, p, err := connect(a, f.profile)
	if err != nil {
		return nil, err
	}
	l := &listener{App: a, listenFlags: f, client: c}
	if l.last, err = loadCursorNamed(a, p, "events"); err != nil {
		return nil, err
	}
	if f.forwardTo == "" {
		return l, nil
	}
	if l.forward, err = client.NewForwarder(f.forwardTo); err != nil {
		return nil, err
	}
	l.secret, err = localSecret(a, f.profile)
	return l, err
}

// run listens until ctx ends, which is the normal end.
func (l *listener) run(ctx context.Context) error {
	q := client.EventQuery{Events: l.events, After: l.last.Cursor, FromNow: l.now || l.last.Cursor == ""}
	if !q.FromNow && changeOf(q.After) < 0 {
		return cli.WithExit(cli.ExitConfig,
			fmt.Errorf("the position in %s cannot be read\n  Start again with --now", l.last.path))
	}
	l.sayBegin(q)
	err := l.client.Listen(ctx, q, client.StreamHandler{
		OnEvent:      func(e client.Event) error { return l.handle(ctx, e) },
		OnDisconnect: func(err error) { cli.PrintError(l.Err, err) },
		OnReconnect:  func() { fmt.Fprintf(l.Err, "%s is back; what happened meanwhile comes now\n", l.client.Base()) },
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (l *listener) sayBegin(q client.EventQuery) {
	from := "from now on"
	if !q.FromNow {
		from = fmt.Sprintf("behind change %d", changeOf(q.After))
	}
	fmt.Fprintf(l.Err, "listening to %s as %s, %s\n", l.client.Base(), cli.Printable(l.client.User()), from)
	if l.forward != nil {
		fmt.Fprintf(l.Err, "forwarding to %s, signed with %s\n", cli.Printable(l.forward.Target()), l.secret.Reveal())
	}
}

// handle shows and forwards an event, then moves the place on: what is
// interrupted comes again.
func (l *listener) handle(ctx context.Context, e client.Event) error {
	if e.Data != nil && e.Type != client.Place {
		if err := l.show(ctx, e); err != nil {
			return err
		}
	}
	if e.ID != "" && e.ID != l.last.Cursor {
		return l.last.advance(e.ID, time.Now())
	}
	return nil
}

// changeOf returns the change number in the id of an event, which follows the
// epoch: EPOCH-NUMBER, or the number alone from an older server. It is -1 where
// there is none.
func changeOf(id string) int64 {
	n, err := strconv.ParseInt(id[strings.LastIndexByte(id, '-')+1:], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (l *listener) show(ctx context.Context, e client.Event) error {
	h, err := newStreamEvent(e)
	if err != nil {
		return err
	}
	if l.forward != nil {
		h.Forwarded = l.send(ctx, h)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return h.print(l.Out, l.asJSON)
}

// send hands an event to the program.
func (l *listener) send(ctx context.Context, h streamEvent) *forwarded {
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"bookgate/" + l.Version}}
	webhook.Sign(header, h.id(), time.Now(), h.Body, l.secret)
	sent, err := l.forward.Send(ctx, header, h.Body)
	f := &forwarded{Status: sent.Status, Milliseconds: sent.Took.Milliseconds()}
	if err != nil {
		f.Error = detailOf(err)
	}
	return f
}

// streamEvent is an event of the live stream as it is shown.
type streamEvent struct {
	Change    int64           `json:"change,omitempty"` // 0 for what is sent again by hand
	Resent    bool            `json:"resent,omitempty"`
	Body      json.RawMessage `json:"event"`
	Forwarded *forwarded      `json:"forwarded,omitempty"`

	parsed eventBody
}

// forwarded is what the program on this machine made of it.
type forwarded struct {
	Status       int    `json:"status,omitempty"`
	Milliseconds int64  `json:"ms"`
	Error        string `json:"error,omitempty"`
}

// eventBody is the part of an event's body that people look for.
type eventBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Change int64  `json:"change"`
		Epoch  string `json:"epoch"`
		Number string `json:"orderNumber"`
		Line   int    `json:"line"`
		From   string `json:"from"`
		Status string `json:"status"`
	} `json:"data"`
}

func newStreamEvent(e client.Event) (streamEvent, error) {
	h := streamEvent{Resent: e.Type == client.Resent, Body: e.Data}
	if err := json.Unmarshal(e.Data, &h.parsed); err != nil {
		return h, fmt.Errorf("read event %s: %w", order.Truncate(e.ID), err)
	}
	if !h.Resent {
		h.Change = h.parsed.Data.Change
	}
	return h, nil
}

// id names the message to the program, the same when it is sent again.
func (h streamEvent) id() string {
	if h.parsed.Data.Change == 0 {
		return "msg_" + string(order.NewID(h.parsed.Timestamp)) // of an endpoint.test
	}
	if h.parsed.Data.Epoch == "" { // of an older server
		return fmt.Sprintf("msg_change_%d", h.parsed.Data.Change)
	}
	return fmt.Sprintf("msg_change_%s_%d", h.parsed.Data.Epoch, h.parsed.Data.Change)
}

// print writes the event on one line.
func (h streamEvent) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return cli.PrintJSONLine(w, h)
	}
	d := h.parsed.Data
	text := fmt.Sprintf("%s  %s", h.parsed.Timestamp.Local().Format("15:04:05"), cli.Printable(h.parsed.Type))
	if d.Number != "" {
		text += "  " + cli.Printable(d.Number)
	}
	if d.Line > 0 {
		text += fmt.Sprintf("  line %d", d.Line)
	}
	if to := changeWords(d.From, d.Status); to != "" {
		text += "  " + cli.Printable(to)
	}
	if h.Resent {
		text += "  (sent again)"
	}
	_, err := fmt.Fprintln(w, text+h.Forwarded.words())
	return err
}

func (f *forwarded) words() string {
	switch {
	case f == nil:
		return ""
	case f.Error != "":
		return "  ⇒ " + cli.Printable(f.Error)
	}
	return fmt.Sprintf("  ⇒ %d in %d ms", f.Status, f.Milliseconds)
}

// detailOf is what an error says to people, on one line.
func detailOf(err error) string {
	var e *order.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}
