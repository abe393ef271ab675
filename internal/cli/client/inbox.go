package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// inboxFlags are the flags of inbox.
type inboxFlags struct {
	profile, save, from string
	watch, all, asJSON  bool
	interval            time.Duration
}

// The bounds of --interval: a poll that finds nothing is cheap for the server,
// but not free, and longer than an hour is not watching.
const (
	usualInterval = 15 * time.Second
	leastInterval = time.Second
	mostInterval  = time.Hour
)

// newInbox lists what a party receives.
func newInbox(a cli.App) *cobra.Command {
	var f inboxFlags
	c := &cobra.Command{
		Use:   "inbox",
		Short: "List orders sent to me that are new since the last call",
		Long: `List the orders sent to me that are new or changed since the last call.

The position in the list is stored on this machine, separately for listing (inbox) and
for downloading (inbox --save). It advances only after everything has been printed or
saved, so that an interrupted call is repeated. --all and --since do not change it.`,
		Example: `  bookgate inbox
  bookgate inbox --save ./in                    # fetch the new ones as EDItX
  bookgate inbox --watch --save ./in            # and go on doing so`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := openInbox(a, f)
			if err != nil {
				return err
			}
			if f.watch {
				return b.watch(c.Context())
			}
			return b.once(c.Context())
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.save, "save", "", "write each order as EDItX into this folder")
	c.Flags().StringVar(&f.from, "since", "", "list changes since a day or time: monday, 2026-11-21, 3d, 2h")
	c.Flags().BoolVar(&f.all, "all", false, "list all orders")
	c.Flags().BoolVar(&f.watch, "watch", false, "print every change until interrupted")
	c.Flags().DurationVar(&f.interval, "interval", usualInterval, "polling interval of --watch")
	cli.JSONFlag(c, &f.asJSON)
	return c
}

// inbox is one call of the command.
type inbox struct {
	cli.App
	inboxFlags
	client *client.Client
	query  client.Query
	last   savedCursor
	moves  bool // whether this call moves the place on
}

func openInbox(a cli.App, f inboxFlags) (*inbox, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, p, err := connect(a, f.profile)
	if err != nil {
		return nil, err
	}
	b := &inbox{App: a, inboxFlags: f, client: c, query: client.Query{Mode: order.SentToMe},
		moves: !f.all && f.from == ""}
	if f.from != "" {
		b.query.Since, err = parseSince(f.from, time.Now())
		return b, err
	}
	if f.all {
		return b, nil
	}
	purpose := "listed"
	if f.save != "" {
		purpose = "saved"
	}
	b.last, err = loadCursor(a, p, order.SentToMe, purpose)
	b.query.Cursor = b.last.Cursor
	return b, err
}

// loadCursor reads the position of a profile in a list. purpose is part of its name:
// listing an order does not mark it as saved. A position of another server or user is
// ignored.
func loadCursor(a cli.App, p *profile, mode order.Mode, purpose string) (savedCursor, error) {
	return loadCursorNamed(a, p, strings.ToLower(string(mode))+"-"+purpose)
}

func (f inboxFlags) check() error {
	switch {
	case f.all && f.from != "":
		return cli.Usagef("--all and --since exclude each other")
	case f.watch && (f.all || f.from != ""):
		return cli.Usagef("--watch goes on from the last call, so it takes neither --all nor --since")
	case f.interval < leastInterval || f.interval > mostInterval:
		return cli.Usagef("--interval %s is not between %s and %s", f.interval, leastInterval, mostInterval)
	}
	return nil
}

// once prints or saves what there is. With --save every page is done, and the
// place moved, before the next is fetched.
func (b *inbox) once(ctx context.Context) error {
	if b.save != "" && !b.asJSON {
		return b.saveAll(ctx)
	}
	var entries []hal.Entry
	cursor := b.query.Cursor
	err := b.client.Each(ctx, b.query, func(l hal.List) error {
		entries, cursor = append(entries, l.Embedded.Orders...), l.Cursor
		return nil
	})
	if err != nil {
		return b.explain(err)
	}
	if err := b.print(ctx, newest(entries)); err != nil {
		return err
	}
	return b.advance(cursor)
}

// saveAll saves page by page.
func (b *inbox) saveAll(ctx context.Context) error {
	n, since := 0, b.since()
	err := b.client.Each(ctx, b.query, func(l hal.List) error {
		n += len(l.Embedded.Orders)
		return b.page(ctx, l)
	})
	if err == nil && n == 0 {
		fmt.Fprintf(b.Err, "nothing new%s\n", since)
	}
	return b.explain(err)
}

// since names the last call, if there was one.
func (b *inbox) since() string {
	if b.last.Cursor == "" {
		return ""
	}
	return " since " + cli.ShortTime(b.last.At, time.Now())
}

// advance moves the place on, once everything before it has been done.
func (b *inbox) advance(cursor string) error {
	if !b.moves {
		return nil
	}
	return b.last.advance(cursor, time.Now())
}

// explain adds to a refused cursor what to do about it.
func (b *inbox) explain(err error) error {
	if order.CodeOf(err) != "cursor-invalid" || b.last.path == "" {
		return err
	}
	return order.Errorf(order.Conflict, "cursor-invalid",
		"%s does not know where the last call ended; perhaps its store was replaced.", b.client.Base()).
		WithHint("To list everything anew, remove %s", b.last.path)
}

// print shows a whole answer.
func (b *inbox) print(ctx context.Context, entries []hal.Entry) error {
	if b.asJSON {
		rows := make([]listed, len(entries))
		for i, e := range entries {
			var err error
			if rows[i], err = b.row(ctx, e); err != nil {
				return err
			}
		}
		return cli.PrintJSON(b.Out, rows)
	}
	return b.printTable(entries)
}

func (b *inbox) printTable(entries []hal.Entry) error {
	now, since := time.Now(), b.since()
	if len(entries) == 0 {
		fmt.Fprintf(b.Err, "nothing new%s\n", since)
		return nil
	}
	fmt.Fprintf(b.Err, "%d new or changed%s\n", len(entries), since)
	length := idLength(entries)
	t := cli.NewTable(b.Out, "ORDER", "FROM", "THEIR NUMBER", "STATUS", "RECEIVED")
	for _, e := range entries {
		t.Row(shortID(e.ID, length), string(e.Buyer), e.Number, e.Status, cli.ShortTime(e.Created.Time, now))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the list: %w", err)
	}
	fmt.Fprintf(b.Err, "show one:  bookgate order %s        fetch all as EDItX:  bookgate inbox --save ./in\n",
		entries[0].ID[:length])
	return nil
}

// savedFile is an order's document as it lies on the disk.
type savedFile struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	New    bool   `json:"new"` // false when the same content was there already
}

// page does one page of the list: every order is printed, and with --save on
// the disk before that. Then the place moves on.
func (b *inbox) page(ctx context.Context, l hal.List) error {
	for _, e := range l.Embedded.Orders {
		row, err := b.row(ctx, e)
		if err == nil {
			err = b.line(row)
		}
		if err != nil {
			return err
		}
	}
	return b.advance(l.Cursor)
}

// row makes what is shown of an order, and saves it when that is asked for.
func (b *inbox) row(ctx context.Context, e hal.Entry) (listed, error) {
	row := newListed(e)
	if b.save == "" {
		return row, nil
	}
	body, err := b.client.EDItX(ctx, e.ID, false)
	if err != nil {
		return row, fmt.Errorf("fetch order %s: %w", e.ID, err)
	}
	f, err := saveNew(b.App, b.save, fileName(e), body)
	row.File = &f
	return row, err
}

// line prints one order on one line.
func (b *inbox) line(row listed) error {
	if b.asJSON {
		return cli.PrintJSONLine(b.Out, row)
	}
	var err error
	switch f := row.File; {
	case f == nil:
		_, err = fmt.Fprintf(b.Out, "%s  %s  %s from %s: %s\n", row.Updated.Local().Format("15:04:05"),
			shortID(row.ID, idShort), cli.Printable(row.Number), cli.Printable(string(row.From)), row.Status)
	case f.New:
		_, err = fmt.Fprintf(b.Out, "%s  %d bytes  sha256 %s\n", f.Path, f.Bytes, f.SHA256)
	default:
		_, err = fmt.Fprintf(b.Out, "%s  %d bytes  sha256 %s  (was there)\n", f.Path, f.Bytes, f.SHA256)
	}
	return err
}

// fileName names an order's file. The number is a sender's own text, so it
// must not lead out of the folder or hide the file.
func fileName(e hal.Entry) string {
	safe := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, e.Number)
	safe = strings.TrimLeft(safe[:min(len(safe), maxNumberInName)], ".-")
	return safe + "_" + string(e.ID[:min(len(e.ID), idInName)])
}

const (
	// maxNumberInName keeps file names far below the 255 bytes of file
	// systems.
	maxNumberInName = 100

	// idInName distinguishes orders of several senders with one number.
	idInName = 8

	// maxVersions bounds the files of one order. An order changes its document
	// when its sender takes copies back, which is done once or twice.
	maxVersions = 100
)

// saveNew writes a document into dir under a name that nothing else has: a file
// of other content stays, and the document gets a number behind its name.
func saveNew(a cli.App, dir, name string, body []byte) (savedFile, error) {
	if err := os.MkdirAll(a.Path(dir), 0o777); err != nil {
		return savedFile{}, fmt.Errorf("make the folder: %w", err)
	}
	sum := sha256.Sum256(body)
	f := savedFile{Bytes: len(body), SHA256: hex.EncodeToString(sum[:])}
	for version := 1; version <= maxVersions; version++ {
		f.Path = filepath.Join(dir, name+".xml")
		if version > 1 {
			f.Path = filepath.Join(dir, fmt.Sprintf("%s_%d.xml", name, version))
		}
		old, err := os.ReadFile(a.Path(f.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.New = true
			return f, cli.WriteDocument(a, f.Path, body)
		case err != nil:
			return f, fmt.Errorf("look at the file that is there: %w", err)
		case bytes.Equal(old, body):
			return f, nil
		}
	}
	return f, fmt.Errorf("%s: there are %d files of other content with this name", filepath.Join(dir, name+".xml"),
		maxVersions)
}

// watch prints every change until ctx ends, which is the normal end. A server
// that cannot be reached is waited for.
func (b *inbox) watch(ctx context.Context) error {
	down := outage{w: b.Err, server: b.client.Base(), every: b.interval}
	for ctx.Err() == nil {
		list, err := b.client.List(ctx, b.query)
		if err == nil {
			err = b.page(ctx, list)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			b.query.Cursor = list.Cursor
			down.end()
		case !transient(err):
			return b.explain(err)
		default:
			down.report(err)
		}
		if err != nil || list.Links.Next == nil {
			pause(ctx, max(b.interval, retryAfter(err)))
		}
	}
	return nil
}

// outage is a time in which a server that is watched cannot be reached.
type outage struct {
	w      io.Writer
	server string
	every  time.Duration // between two tries
	begun  bool
}

// report prints the first error of an outage.
func (o *outage) report(err error) {
	if !o.begun {
		cli.PrintError(o.w, err)
		fmt.Fprintf(o.w, "  going on every %s\n", o.every)
	}
	o.begun = true
}

// end reports that the server is back, if it was away.
func (o *outage) end() {
	if o.begun {
		fmt.Fprintf(o.w, "%s is back\n", o.server)
	}
	o.begun = false
}

// transient reports whether waiting can help.
func transient(err error) bool {
	kind := order.KindOf(err)
	return kind == order.Unavailable || kind == order.TooMany
}

// retryAfter is how long the server asks to be left alone, at most as long as
// a watch may sleep.
func retryAfter(err error) time.Duration {
	var e *order.Error
	if errors.As(err, &e) {
		return min(e.RetryAfter, mostInterval)
	}
	return 0
}

// pause sleeps until d has passed or ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
