package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/logsink"
	"github.com/bookgate/bookgate/internal/neterr"
)

// newConfig groups what one can ask of the settings.
func newConfig(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Show the settings and where they come from",
		Example: `  bookgate config show
  bookgate config show --origin`,
	}
	c.AddCommand(newConfigShow(a))
	return c
}

func newConfigShow(a app) *cobra.Command {
	var asJSON, withOrigin bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Show every setting, as serve would use it",
		Example: `  bookgate config show --origin
  BOOKGATE_LISTEN=:80 bookgate config show --json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := loadConfig(c, a)
			if err != nil {
				return err
			}
			if _, err := conf.serve(); err != nil {
				return err
			}
			return showConfig(a, conf, asJSON, withOrigin)
		},
	}
	addSettings(c)
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&withOrigin, "origin", false, "also show where each value comes from")
	return c
}

func showConfig(a app, conf config, asJSON, withOrigin bool) error {
	var all []origin
	for _, s := range settings() {
		all = append(all, conf[s.name].masked())
	}
	if asJSON {
		return printJSON(a.out, all)
	}
	t := newTable(a.out, "SETTING", "VALUE")
	if withOrigin {
		t = newTable(a.out, "SETTING", "VALUE", "FROM", "OVERRIDDEN")
	}
	for _, o := range all {
		if !withOrigin {
			t.row(o.Name, o.Value)
			continue
		}
		t.row(o.Name, o.Value, strings.TrimSpace(o.From+" "+o.Place), o.Overridden)
	}
	return t.flush()
}

// What may be a password in either form of a database address. In a URL it ends
// at the last @, for it may not be encoded as it should be; without an @ it is
// what stands where a port is wanted.
var (
	passwordInURL    = regexp.MustCompile(`(?s)(://[^:/?#@]*:).*(@)`)
	passwordForPort  = regexp.MustCompile(`(://[^:/?#@\[]*:)[^/?#@]*[^0-9,:.\[\]/?#@][^/?#@]*()`)
	passwordInOption = regexp.MustCompile(`(?i)([a-z]*password\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]+)`)
)

// masked returns a setting as it may be shown.
func (o origin) masked() origin {
	switch o.Name {
	case databaseSetting:
		o.Value, o.Overridden = maskDatabase(o.Value), maskDatabase(o.Overridden)
	case "smtp-password-file":
		o.Value, o.Overridden = maskFile(o.Value), maskFile(o.Overridden)
	}
	return o
}

func maskDatabase(address string) string {
	for _, r := range []*regexp.Regexp{passwordInURL, passwordForPort} {
		address = r.ReplaceAllString(address, "${1}…${2}")
	}
	return passwordInOption.ReplaceAllString(address, "${1}…")
}

// hasPassword reports whether the address of a database has a password in it.
func hasPassword(address string) bool { return maskDatabase(address) != address }

// maskFile hides what was meant for a file's name and is perhaps its content.
func maskFile(name string) string {
	if _, err := os.Stat(name); err != nil && name != "" && !strings.ContainsAny(name, `/\`) {
		return "…"
	}
	return name
}

// where names the store: the database when there is one, else the folder.
func (c config) where() string {
	if database := c[databaseSetting].Value; database != "" {
		return database
	}
	return c["data"].Value
}

// serveConfig is what serve needs, read and checked.
type serveConfig struct {
	where         string // folder or database
	shownPassword bool   // the address of the database has one and came as a flag
	listen        string
	metrics       metricsPlace
	public        string // empty: made from the listener's address
	zone          *time.Location
	skew          time.Duration
	overlap       time.Duration // storesOverlap: as the store needs it
	delay         time.Duration
	drain         time.Duration
	handover      handoverConfig
	inherited     sockets // of the service manager or of the process before; nil for what is opened here
	maxInFlight   int
	retention
	corsOrigins []string       // whose pages may read the answers
	proxies     []netip.Prefix // believed about their clients' addresses
	webhookNets []netip.Prefix // may be sent to although they are not public
	mail        mailConfig
	leases      leaseConfig
	phones      installer.PhoneRules
	logFormat   string
	logLevel    string
	secretFiles []string      // which no other account should read
	sink        *logsink.Sink // takes the log; nil where it cannot fail
}

// serve reads the settings of the server. The first that makes no sense is
// named with its origin.
func (c config) serve() (s serveConfig, err error) {
	var r settingReader
	s = serveConfig{
		where:         c.where(),
		shownPassword: c[databaseSetting].From == fromFlag && hasPassword(c[databaseSetting].Value),
		secretFiles:   c.secretFiles(),
		listen:        r.address(c["listen"]),
		metrics:       r.metrics(c[metricsSetting]),
		public:        r.publicURL(c["public-url"]),
		zone:          r.zone(c["timezone"]),
		skew:          r.duration(c["date-skew"], time.Minute, 24*time.Hour),
		overlap:       r.overlap(c["poll-overlap"]),
		delay:         r.duration(c["processing-delay"], 0, 24*time.Hour),
		drain:         r.duration(c["drain"], 0, 10*time.Minute),
		handover:      r.handover(c),
		maxInFlight:   r.number(c["max-in-flight"], 1, 100_000),
		retention:     r.retention(c["retain-documents"], c["retain-orders"]),
		corsOrigins:   r.origins(c["cors-origin"]),
		proxies:       r.proxies(c["trusted-proxy"]),
		webhookNets:   r.nets(c["allow-webhook-net"]),
		mail:          r.mail(c),
		leases:        r.leases(c),
		phones:        r.phones(c[phoneRulesSetting]),
		logFormat:     r.oneOf(c["log-format"], "auto", "text", "json"),
		logLevel:      r.oneOf(c["log-level"], "debug", "info", "warn", "error"),
	}
	return s, r.err
}

// settingReader reads values and remembers the first fault.
type settingReader struct{ err error }

func (r *settingReader) refuse(o origin, want string) {
	if r.err == nil {
		place := strings.TrimSpace(o.From + " " + o.Place)
		r.err = codedError{exitConfig, fmt.Errorf("%s cannot be %q (from %s)\n  Wanted: %s", o.Name, neterr.Shown(o.Value),
			place, want)}
	}
}

func (r *settingReader) address(o origin) string {
	host, port, err := net.SplitHostPort(o.Value)
	number, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil || number < 0 || number > 65535 || strings.ContainsAny(host, " /") {
		r.refuse(o, "HOST:PORT, for example 127.0.0.1:8080, or :8080 for all addresses")
	}
	return o.Value
}

func (r *settingReader) zone(o origin) *time.Location {
	zone, err := time.LoadLocation(o.Value)
	if err != nil || o.Value == "" || o.Value == "Local" {
		r.refuse(o, "a zone of the tz database, for example Europe/Oslo or UTC")
	}
	return zone
}

func (r *settingReader) duration(o origin, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(o.Value)
	if err != nil || d < least || d > most {
		r.refuse(o, fmt.Sprintf("a duration from %s to %s, for example 90s or 15m", least, most))
	}
	return d
}

// storesOverlap leaves the overlap to the store, which knows how late a change
// can become visible.
const storesOverlap = -1

func (r *settingReader) overlap(o origin) time.Duration {
	if o.Value == "auto" {
		return storesOverlap
	}
	return r.duration(o, 0, time.Hour)
}

func (r *settingReader) number(o origin, least, most int) int {
	n, err := strconv.Atoi(o.Value)
	if err != nil || n < least || n > most {
		r.refuse(o, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n
}

// nets reads networks with commas between; one address is a network of its own.
func (r *settingReader) nets(o origin) (nets []netip.Prefix) {
	for word := range strings.FieldsFuncSeq(o.Value, func(c rune) bool { return c == ',' || c == ' ' }) {
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
func (r *settingReader) proxies(o origin) []netip.Prefix {
	nets := r.nets(o)
	if slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		r.refuse(o, "the networks of your proxies; /0 is every address, and each client could name itself")
	}
	return nets
}

func (r *settingReader) phones(o origin) installer.PhoneRules {
	return installer.PhoneRules(r.oneOf(o, string(installer.MinPhones), string(installer.MaxPhones)))
}

func (r *settingReader) oneOf(o origin, words ...string) string {
	for _, w := range words {
		if o.Value == w {
			return w
		}
	}
	r.refuse(o, strings.Join(words, ", "))
	return words[0]
}

// publicOf makes the public address of a listener where none is set: one that
// a person on this machine can open, so never 0.0.0.0.
func publicOf(l net.Listener) string {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if at.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", at.Port())
	}
	return "http://" + at.String()
}
