package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// A setting can stand in four places. The first that has it counts: the flag,
// the environment, the env-file, the default.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromFile        = "env-file"
	fromDefault     = "default"
)

// setting is one thing an operator can decide.
type setting struct {
	name  string // of the flag; the variable is BOOKGATE_ with capitals and underscores
	value string // the default
	help  string
}

// isList reports whether a setting holds several values with commas between, of
// which a flag or a line of an env-file adds some.
func (s setting) isList() bool {
	return slices.Contains([]string{"allow-webhook-net", "cors-origin", "lease-refuse", "trusted-proxy"}, s.name)
}

// listFlag is the flag of a list. Given twice it adds up.
type listFlag struct {
	value *string
	given bool
}

func (f *listFlag) String() string {
	if f.value == nil {
		return ""
	}
	return *f.value
}

// Type names the value in help texts, as that of other settings.
func (f *listFlag) Type() string { return "string" }

// Set takes another value; the first takes the place of the default.
func (f *listFlag) Set(value string) error {
	if f.given && *f.value != "" && value != "" {
		value = *f.value + "," + value
	}
	*f.value, f.given = value, true
	return nil
}

// settings lists them all, in the order in which help shows them.
func settings() []setting {
	return []setting{
		{"data", "./bookgate-data", "folder of the store"},
		{databaseSetting, "", "address of a PostgreSQL database (postgres://…) to use instead of the folder"},
		{"listen", "127.0.0.1:8080", "address to serve on, HOST:PORT"},
		{metricsSetting, "127.0.0.1:9464", "address to serve /metrics on for Prometheus, HOST:PORT, apart from all else; off for none"},
		{"public-url", "", "address that clients use, for links; default http://LISTEN"},
		{"timezone", "Europe/Oslo", "zone of fromDate and created in the legacy documents"},
		{"date-skew", "15m", "how far a request's Date header may be from our clock"},
		{"poll-overlap", "auto", "how far before fromDate a list reaches, so that nothing falls between two polls; auto is 5s, and 2m on PostgreSQL"},
		{"processing-delay", "0s", "how long a new order is held UNPROCESSED before it is routed"},
		{"drain", "5s", "time between being unready and closing the listener, for a load balancer to notice, and for clients to leave their connections"},
		{handoverSetting, "off", "on takes over from the bookgate that serves the store, without refusing a request; where none does, it starts as usual"},
		{socketSetting, "", "socket file over which a hand-over is asked for; default handover.sock in the folder of the store, none for a database"},
		{"max-in-flight", "512", "requests answered at once; more are told 503 and when to try again"},
		{"retain-documents", forever, "how long the original documents of finished orders are kept, such as 400d or 10y; their size and digest stay"},
		{"retain-orders", forever, "how long finished orders are kept; of older ones the number stays taken"},
		{"cors-origin", "", "origins whose pages may use the API from a browser, such as https://console.example, with commas between"},
		{"trusted-proxy", "", "networks of the proxies that are believed about their clients' addresses (Forwarded, X-Forwarded-For, PROXY protocol), such as 10.1.0.5/32, with commas between"},
		{"allow-webhook-net", "", "networks to which webhooks may go although they are not public, such as 10.1.0.0/16, with commas between"},
		{"smtp", "", "mail server for letters to parties without a system, HOST:PORT; without one letters wait"},
		{"smtp-from", "", "whom letters come from, such as ordre@example.no"},
		{"smtp-user", "", "login at the mail server, if it asks for one"},
		{"smtp-password-file", "", "file with the password of --smtp-user in its first line"},
		{"smtp-tls", "starttls", "starttls, implicit, or none (for a mail server on this machine alone)"},
		{"remind", "48h", "how long an order may lie unanswered before its receiver is reminded by mail; 0 is never"},
		{"lease-company", "Montly Leasing", "finance company that buys what is leased, as customers and documents see it"},
		{"lease-logo", "", "address of that company's logo, for shops to show"},
		{"lease-refuse", "", "what lease orders are refused for beside the rules: sums that do not add up, sole-traders; with a comma between"},
		{phoneRulesSetting, "min", "phone numbers of installation orders: min takes what fits a country's general pattern, max that of a kind"},
		{"log-format", "auto", "text, json or auto (text on a terminal)"},
		{"log-level", "info", "debug, info, warn or error"},
	}
}

// databaseSetting may hold a password, so it is best given in the environment
// or an env-file, and is never shown as it is.
const databaseSetting = "database"

// metricsSetting is where the metrics are served, or off.
const metricsSetting = "metrics-listen"

// handoverSetting says whether this process takes over from another, and
// socketSetting where it asks.
const (
	handoverSetting = "handover"
	socketSetting   = "handover-socket"
)

// phoneRulesSetting says which phone numbers are taken of installation orders.
const phoneRulesSetting = "installer-phone-rules"

// envFileFlag names the file of settings. It is no setting itself.
const envFileFlag = "env-file"

// envFileLine stands between an env-file and the number of a line.
const envFileLine = " line "

// envPrefix begins the names of our variables.
const envPrefix = "BOOKGATE_"

// clientVariables are the variables that commands other than serve read.
var clientVariables = []string{"BOOKGATE_PROFILE", "BOOKGATE_ENV_FILE"}

// variable gives the environment name of a setting.
func variable(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// origin is a value with the place it comes from.
type origin struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	From       string `json:"from"`
	Place      string `json:"place,omitempty"`      // the variable, or file and line
	Overridden string `json:"overridden,omitempty"` // the next place that has another value
}

// config is every setting with its origin.
type config map[string]origin

// addSettings gives a command the flags of the named settings, or of all.
func addSettings(c *cobra.Command, names ...string) {
	for _, s := range settings() {
		if len(names) == 0 || slices.Contains(names, s.name) {
			if s.isList() {
				c.Flags().Var(&listFlag{value: &s.value}, s.name, s.help)
				continue
			}
			c.Flags().String(s.name, s.value, s.help)
			if s.name == handoverSetting { // --handover alone
				c.Flags().Lookup(s.name).NoOptDefVal = "on"
			}
		}
	}
	c.Flags().String(envFileFlag, "", "file of settings, NAME=value a line, as systemd and docker read them")
}

// loadConfig gathers the settings for a command. What it cannot make sense of
// ends the program with exit code 78.
func loadConfig(c *cobra.Command, a app) (config, error) {
	fileName, _ := c.Flags().GetString(envFileFlag)
	if fileName == "" {
		fileName = a.env(variable(envFileFlag))
	}
	file, err := readEnvFile(a.path(fileName))
	if err != nil {
		return nil, withExit(exitConfig, err)
	}
	if err := refuseUnknown(a.environ); err != nil {
		return nil, withExit(exitConfig, err)
	}
	conf := config{}
	for _, s := range settings() {
		conf[s.name] = resolveSetting(c, a, file, s)
	}
	if o := conf[databaseSetting]; o.Value != "" && !store.IsAddress(o.Value) {
		return nil, withExit(exitConfig, fmt.Errorf("%s is no address of a PostgreSQL database (from %s)\n  Wanted: postgres://user:password@host:5432/bookgate; a folder is named with --data", databaseSetting, strings.TrimSpace(o.From+" "+o.Place)))
	}
	return conf, nil
}

func resolveSetting(c *cobra.Command, a app, file map[string]origin, s setting) origin {
	places := []origin{}
	if f := c.Flags().Lookup(s.name); f != nil && f.Changed {
		places = append(places, origin{Value: f.Value.String(), From: fromFlag, Place: "--" + s.name})
	}
	if v := a.env(variable(s.name)); v != "" {
		places = append(places, origin{Value: v, From: fromEnvironment, Place: variable(s.name)})
	}
	if o, ok := file[s.name]; ok {
		places = append(places, o)
	}
	places = append(places, origin{Value: s.value, From: fromDefault})
	first := places[0]
	first.Name = s.name
	if len(places) > 2 {
		first.Overridden = fmt.Sprintf("%s from %s", places[1].Value, places[1].Place)
	}
	return first
}

// readEnvFile reads NAME=value lines, as systemd, docker and a shell have them:
// blank lines and lines with # or ; are skipped, export before a name and quotes
// around a value are taken off. A list that stands in several lines adds up.
func readEnvFile(name string) (map[string]origin, error) {
	values := map[string]origin{}
	if name == "" {
		return values, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("env-file %s: %w", name, err)
	}
	written, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no env-file %s\n  Correct --env-file, or leave it out", path)
	}
	if err != nil {
		return nil, fmt.Errorf("env-file %s cannot be read", path)
	}
	text, err := plainText(written)
	if err != nil {
		return nil, fmt.Errorf("env-file %s cannot be read: %w", path, err)
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := readEnvLine(values, line, fmt.Sprintf("%s"+envFileLine+"%d", path, number)); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func readEnvLine(values map[string]origin, line, place string) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	if !ok {
		return fmt.Errorf("%s is not NAME=value", place) // what it is may be the rest of a secret
	}
	name = strings.TrimSpace(name)
	if exported, ok := strings.CutPrefix(name, "export"); ok && strings.TrimLeft(exported, " \t") != exported {
		name = strings.TrimSpace(exported)
	}
	if !known(name) {
		return unknownSetting(name, place)
	}
	value = strings.TrimSpace(value)
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	for _, s := range settings() {
		if variable(s.name) == name {
			values[s.name] = values[s.name].with(s, value, place)
		}
	}
	return nil
}

// with is a setting after another line of the env-file that has it: of a list
// both hold, and else the last, as systemd and docker have it.
func (o origin) with(s setting, value, place string) origin {
	if o.Value != "" && value != "" && s.isList() {
		value, place = o.Value+","+value, o.Place+" and "+place[strings.LastIndex(place, "line"):]
	}
	return origin{Value: value, From: fromFile, Place: place}
}

// refuseUnknown finds variables that look like settings and are none: a typing
// error in one must not go unnoticed.
func refuseUnknown(environ []string) error {
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(strings.TrimPrefix(name, markUTF8), envPrefix) && !known(name) {
			return unknownSetting(name, "the environment")
		}
	}
	return nil
}

func known(name string) bool {
	return slices.Contains(clientVariables, name) ||
		slices.ContainsFunc(settings(), func(s setting) bool { return variable(s.name) == name })
}

// aName is what the name of a variable looks like. Other words, where one is
// wanted, may be a part of a secret that stands in two lines.
var aName = regexp.MustCompile(`^(\x{FEFF})?([A-Z][A-Z0-9_]*|(?i:BOOKGATE_)[A-Za-z0-9_]*)$`)

func unknownSetting(name, place string) error {
	if !aName.MatchString(name) {
		return fmt.Errorf("%s has no setting before the =\n  All settings: bookgate config show --origin", place)
	}
	if bare, marked := strings.CutPrefix(name, markUTF8); marked {
		return fmt.Errorf("%s has a byte order mark before its name\n  It comes from %s. Save the file that it is read from as UTF-8 without a mark", bare, place)
	}
	names := slices.Clone(clientVariables)
	for _, s := range settings() {
		names = append(names, variable(s.name))
	}
	near := ""
	if best, ok := order.Nearest(name, names); ok {
		near = " Did you mean " + best + "?"
	}
	return fmt.Errorf("%s is not a setting.%s\n  It comes from %s. All settings: bookgate config show --origin", name, near, place)
}
