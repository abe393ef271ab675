package server

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/net/idna"

	"github.com/bookgate/bookgate/internal/app"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// newConfig groups the commands on settings.
func newConfig(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show the settings and where they come from",
		Example: `  bookgate config show
  bookgate config show --origin`,
	}
	c.AddCommand(newConfigShow(a))
	return c
}

func newConfigShow(a cli.App) *cobra.Command {
	var asJSON, withOrigin bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Show every setting, as serve would use it",
		Example: `  bookgate config show --origin
  BOOKGATE_LISTEN=:80 bookgate config show --json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			if _, err := readServeConfig(a, conf); err != nil {
				return err
			}
			return showConfig(a, conf, asJSON, withOrigin)
		},
	}
	settings.AddFlags(c)
	cli.JSONFlag(c, &asJSON)
	c.Flags().BoolVar(&withOrigin, "origin", false, "also show where each value comes from")
	return c
}

func showConfig(a cli.App, conf settings.Config, asJSON, withOrigin bool) error {
	var all []settings.Origin
	for _, s := range settings.All() {
		all = append(all, conf[s.Name].Masked())
	}
	if asJSON {
		return cli.PrintJSON(a.Out, all)
	}
	t := cli.NewTable(a.Out, "SETTING", "VALUE")
	if withOrigin {
		t = cli.NewTable(a.Out, "SETTING", "VALUE", "FROM", "OVERRIDDEN")
	}
	for _, o := range all {
		if !withOrigin {
			t.Row(o.Name, o.Value)
			continue
		}
		t.Row(o.Name, o.Value, o.Source(), o.Overridden)
	}
	return t.Flush()
}

// readServeConfig reads the settings of the server. The first that makes no sense
// is named with its origin.
func readServeConfig(a cli.App, c settings.Config) (s app.Config, err error) {
	var r settingReader
	s = app.Config{
		Version: a.Version,
		Store:   c.StorePlace(a),
		ShownPassword: c[settings.Database].From == settings.FromFlag &&
			settings.HasPassword(c[settings.Database].Value),
		SecretFiles: c.SecretFiles(),
		Listen:      r.address(c["listen"]),
		Metrics:     r.metrics(c[settings.MetricsListen]),
		Public:      r.publicURL(c["public-url"]),
		Zone:        r.zone(c["timezone"]),
		Skew:        r.duration(c["date-skew"], time.Minute, 24*time.Hour),
		Overlap:     r.overlap(c["poll-overlap"]),
		Delay:       r.duration(c["processing-delay"], 0, 24*time.Hour),
		Drain:       r.duration(c["drain"], 0, 10*time.Minute),
		Handover:    r.handover(c),
		MaxInFlight: r.number(c["max-in-flight"], 1, 100_000),
		Retention:   r.retention(c["retain-documents"], c["retain-orders"]),
		CORSOrigins: r.origins(c["cors-origin"]),
		Proxies:     r.proxies(c["trusted-proxy"]),
		WebhookNets: r.nets(c["allow-webhook-net"]),
		Mail:        r.mail(c),
		Leases:      r.leases(c),
		Phones:      r.phones(c[settings.PhoneRules]),
		LogFormat:   r.oneOf(c["log-format"], "auto", "text", "json"),
		LogLevel:    r.oneOf(c["log-level"], "debug", "info", "warn", "error"),
	}
	return s, r.err
}

// settingReader reads values and remembers the first fault.
type settingReader struct{ err error }

func (r *settingReader) refuse(o settings.Origin, want string) {
	if r.err == nil {
		r.err = cli.WithExit(cli.ExitConfig, fmt.Errorf("%s cannot be %q (from %s)\n  Wanted: %s", o.Name,
			neterr.Shown(o.Value), o.Source(), want))
	}
}

func (r *settingReader) address(o settings.Origin) string {
	host, port, err := net.SplitHostPort(o.Value)
	number, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil || number < 0 || number > 65535 || strings.ContainsAny(host, " /") {
		r.refuse(o, "HOST:PORT, for example 127.0.0.1:8080, or :8080 for all addresses")
	}
	return o.Value
}

func (r *settingReader) zone(o settings.Origin) *time.Location {
	zone, err := time.LoadLocation(o.Value)
	if err != nil || o.Value == "" || o.Value == "Local" {
		r.refuse(o, "a zone of the tz database, for example Europe/Oslo or UTC")
	}
	return zone
}

func (r *settingReader) duration(o settings.Origin, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(o.Value)
	if err != nil || d < least || d > most {
		r.refuse(o, fmt.Sprintf("a duration from %s to %s, for example 90s or 15m", least, most))
	}
	return d
}

func (r *settingReader) overlap(o settings.Origin) time.Duration {
	if o.Value == "auto" {
		return app.OverlapAuto
	}
	return r.duration(o, 0, time.Hour)
}

func (r *settingReader) number(o settings.Origin, least, most int) int {
	n, err := strconv.Atoi(o.Value)
	if err != nil || n < least || n > most {
		r.refuse(o, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n
}

// items returns the values of a list. Commas separate them, or blanks.
func items(o settings.Origin) iter.Seq[string] {
	return strings.FieldsFuncSeq(o.Value, func(c rune) bool { return c == ',' || c == ' ' })
}

// nets reads networks; one address is a network of its own.
func (r *settingReader) nets(o settings.Origin) (nets []netip.Prefix) {
	for word := range items(o) {
		p, err := netip.ParsePrefix(word)
		if a, errAddr := netip.ParseAddr(word); err != nil && errAddr == nil && a.Zone() == "" {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			r.refuse(o, "networks such as 10.1.0.0/16,192.168.7.9/32")
		}
		nets = append(nets, p)
	}
	return nets
}

// proxies reads the networks of proxies. All addresses together would be the word of
// every client.
func (r *settingReader) proxies(o settings.Origin) []netip.Prefix {
	nets := r.nets(o)
	if slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		r.refuse(o, "the networks of your proxies; /0 is every address, and each client could name itself")
	}
	return nets
}

func (r *settingReader) phones(o settings.Origin) installer.PhoneRules {
	return installer.PhoneRules(r.oneOf(o, string(installer.MinPhones), string(installer.MaxPhones)))
}

func (r *settingReader) oneOf(o settings.Origin, words ...string) string {
	if !slices.Contains(words, o.Value) {
		r.refuse(o, strings.Join(words, ", "))
	}
	return o.Value
}

// handoverFile is the socket file in a data folder.
const handoverFile = "handover.sock"

func (r *settingReader) handover(c settings.Config) (h app.Handover) {
	h.Ask = r.oneOf(c[settings.Handover], "on", "off") == "on"
	h.Path = c[settings.HandoverSocket].Value
	if h.Path == "" && c[settings.Database].Value == "" {
		h.Path = filepath.Join(c["data"].Value, handoverFile)
	}
	if h.Ask && h.Path == "" && r.err == nil {
		r.err = cli.WithExit(cli.ExitConfig, fmt.Errorf("%s needs %s where the store is a database\n"+
			"  Wanted: one path for both processes, such as /run/bookgate/handover.sock",
			settings.Handover, settings.HandoverSocket))
	}
	return h
}

// leases reads the settings of lease orders.
func (r *settingReader) leases(c settings.Config) (l app.Lease) {
	l.Finance = montly.Finance{Name: r.firm(c["lease-company"]), Logo: r.publicURL(c["lease-logo"])}
	for word := range items(c["lease-refuse"]) {
		switch word {
		case "sums":
			l.Sums = true
		case "sole-traders":
			l.LegalOnly = true
		default:
			r.refuse(c["lease-refuse"], "sums, sole-traders, both with a comma between, or nothing")
		}
	}
	return l
}

// maxFirm bounds the name of a firm: a line on a page.
const maxFirm = 100

func (r *settingReader) firm(o settings.Origin) string {
	if o.Value == "" || len(o.Value) > maxFirm || strings.ContainsFunc(o.Value, unicode.IsControl) {
		r.refuse(o, fmt.Sprintf("the name of a firm, one line of at most %d bytes", maxFirm))
	}
	return o.Value
}

// mail reads the settings of outgoing e-mail.
func (r *settingReader) mail(c settings.Config) app.Mail {
	m := app.Mail{
		Server: mail.Config{Address: c["smtp"].Value, From: c["smtp-from"].Value, User: c["smtp-user"].Value,
			TLS: mail.Mode(r.oneOf(c["smtp-tls"], string(mail.STARTTLS), string(mail.Implicit), string(mail.None)))},
		PasswordFile: c["smtp-password-file"].Value,
		Remind:       r.duration(c["remind"], 0, 60*24*time.Hour),
	}
	if m.Server.Address == "" {
		return m
	}
	if m.Server.From == "" {
		r.refuse(c["smtp-from"], "the sender address of outgoing e-mail, for example ordre@example.no")
		return m
	}
	if (m.Server.User == "") != (m.PasswordFile == "") {
		r.refuse(c["smtp-password-file"], "a file with the password of --smtp-user, both or neither")
	}
	if _, err := mail.New(m.Server); err != nil && r.err == nil {
		r.err = cli.WithExit(cli.ExitConfig, err)
	}
	return m
}

// noMetrics as an address means that they are served nowhere.
const noMetrics = "off"

func (r *settingReader) metrics(o settings.Origin) app.Metrics {
	if o.Value == "" || o.Value == noMetrics {
		return app.Metrics{}
	}
	host, _, err := net.SplitHostPort(o.Value)
	if err != nil || host == noMetrics {
		r.refuse(o, "HOST:PORT, for example 127.0.0.1:9464, or off")
		return app.Metrics{}
	}
	return app.Metrics{Address: r.address(o), Chosen: o.From != settings.FromDefault}
}

// Bounds of retention. A hundred years is practically unlimited, and what a
// time.Duration can hold.
const (
	minRetention = order.MinRetention
	maxRetention = 100 * year

	day  = 24 * time.Hour
	year = 366 * day // of a leap year, so that nothing goes before its time
)

// retention reads both settings. A document is part of its order, so it cannot
// be retained longer.
func (r *settingReader) retention(documents, orders settings.Origin) app.Retention {
	ret := app.Retention{RetainDocuments: r.retainFor(documents), RetainOrders: r.retainFor(orders)}
	if ret.RetainOrders != 0 && ret.RetainDocuments > ret.RetainOrders {
		r.refuse(orders, fmt.Sprintf(
			"at least retain-documents, which is %s: a document is deleted with its order at the latest",
			documents.Value))
	}
	return ret
}

func (r *settingReader) retainFor(o settings.Origin) time.Duration {
	if o.Value == settings.Forever || o.Value == "0" {
		return 0
	}
	d, ok := parseRetention(o.Value)
	if !ok || d < minRetention || d > maxRetention {
		r.refuse(o, "a time from 1d to 100y, for example 400d or 10y, or forever")
	}
	return d
}

// parseRetention reads a duration that may also be in days or years.
func parseRetention(s string) (time.Duration, bool) {
	unit := map[byte]time.Duration{'d': day, 'y': year}
	if s == "" || unit[s[len(s)-1]] == 0 {
		d, err := time.ParseDuration(s)
		return d, err == nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(s[:len(s)-1]))
	if err != nil || n < 0 || n > int(maxRetention/day) {
		return 0, false
	}
	return time.Duration(n) * unit[s[len(s)-1]], true
}

// plainHost returns the host and port of an address as browsers and certificates
// write them: in lower case, an internationalised name by its A-labels (RFC 5890),
// and without the port that the scheme has anyway.
func plainHost(u *url.URL) (string, error) {
	host, port := strings.ToLower(u.Hostname()), strings.TrimLeft(u.Port(), "0")
	if u.Port() != "" && port == "" || strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return "", fmt.Errorf("the port is not a number from 1 to 65535")
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", fmt.Errorf("%s is not a valid host name: %w", host, err)
		}
		host = ascii
	}
	if host == "" {
		return "", errors.New("it has no host")
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + strings.ReplaceAll(a.String(), "%", "%25") + "]"
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return host, nil
	}
	return host + ":" + port, nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// publicURL reads an address of this exchange as clients see it. Links begin with
// it, so an internationalised name is written as every client can use it.
func (r *settingReader) publicURL(o settings.Origin) string {
	if o.Value == "" {
		return ""
	}
	u, err := url.Parse(o.Value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.ForceQuery ||
		u.Fragment != "" || u.User != nil {
		r.refuse(o, "an address such as https://orders.example.no")
		return ""
	}
	host, err := plainHost(u)
	if err != nil {
		r.refuse(o, fmt.Sprintf("an address such as https://orders.example.no; %v", err))
		return ""
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// origins reads the origins (RFC 6454) whose pages may read what this exchange
// answers, in the form in which browsers send them.
func (r *settingReader) origins(o settings.Origin) (all []string) {
	for word := range items(o) {
		plain, err := plainOrigin(word)
		if err != nil {
			r.refuse(o, fmt.Sprintf("origins such as https://console.example, with commas between; %v", err))
			return nil
		}
		all = append(all, plain)
	}
	return all
}

func plainOrigin(word string) (string, error) {
	shown := neterr.Shown(word)
	switch {
	case word == "*":
		return "", errors.New("* would allow the pages of every site; list the origins that you trust")
	case word == "null":
		return "", errors.New("null is the origin of files and sandboxed pages, which anyone can create")
	case strings.Contains(word, "*"):
		return "", fmt.Errorf("%s contains a *; list each origin", shown)
	}
	u, err := url.Parse(word)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return "", fmt.Errorf("%s is not a valid origin; write scheme and host", shown)
	case u.User != nil:
		return "", fmt.Errorf("%s contains a user; an origin has none", shown)
	case u.Path == "/" && u.RawQuery == "" && u.Fragment == "":
		return "", fmt.Errorf("%s ends with a slash; browsers send the origin without it", shown)
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(word, "#"):
		return "", fmt.Errorf("%s contains a path; an origin is scheme, host and port only", shown)
	}
	host, err := plainHost(u)
	if err != nil {
		return "", fmt.Errorf("%s: %w", word, err)
	}
	return u.Scheme + "://" + host, nil
}
