package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// A setting can stand in four places. The first that has it counts: the flag,
// the environment, the env-file, the default.
const (
	FromFlag        = "flag"
	FromEnvironment = "environment"
	FromFile        = "env-file"
	FromDefault     = "default"
)

// setting is one thing an operator can decide.
type setting struct {
	Name  string // of the flag; the variable is BOOKGATE_ with capitals and underscores
	value string // the default
	help  string
}

// isList reports whether a setting holds several values with commas between, of
// which a flag or a line of an env-file adds some.
func (s setting) isList() bool {
	return slices.Contains([]string{"allow-webhook-net", "cors-origin", "lease-refuse", "trusted-proxy"}, s.Name)
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

// All lists them all, in the order in which help shows them.
func All() []setting {
	return []setting{
		{"data", "./bookgate-data", "folder of the store"},
		{Database, "", "address of a PostgreSQL database (postgres://…) to use instead of the folder"},
		{"listen", "127.0.0.1:8080", "address to serve on, HOST:PORT"},
		{MetricsListen, "127.0.0.1:9464",
			"separate address to serve /metrics on for Prometheus, HOST:PORT; off for none"},
		{"public-url", "", "address that clients use, for links; default http://LISTEN"},
		{"timezone", "Europe/Oslo", "time zone of fromDate and created in the legacy documents"},
		{"date-skew", "15m", "maximum difference between a request's Date header and the clock of the server"},
		{"poll-overlap", "auto",
			"how far before fromDate a list begins, so that no order is missed between two polls; auto is 5s, and " +
				"2m on PostgreSQL"},
		{"processing-delay", "0s", "delay before a new order is routed; it is UNPROCESSED until then"},
		{"drain", "5s", "time between not ready and closing the listener, for load balancers to notice and clients " +
			"to close connections"},
		{Handover, "off", "on takes over from the bookgate that serves the store, without refusing a request; " +
			"without one it starts normally"},
		{HandoverSocket, "",
			"socket file for hand-overs; default handover.sock in the folder of the store, none for a database"},
		{"max-in-flight", "512", "maximum concurrent requests; excess requests get 503 with Retry-After"},
		{"retain-documents", Forever,
			"retention of the original documents of finished orders, such as 400d or 10y; size and digest are " +
				"retained"},
		{"retain-orders", Forever, "retention of finished orders; purged order numbers cannot be reused"},
		{"cors-origin", "",
			"origins whose pages may use the API from a browser, such as https://console.example, separated by commas"},
		{"trusted-proxy", "",
			"networks of trusted proxies, whose Forwarded, X-Forwarded-For or PROXY protocol sets the client " +
				"address, such as 10.1.0.5/32, separated by commas"},
		{"allow-webhook-net", "",
			"private networks to which webhooks may be sent, such as 10.1.0.0/16, separated by commas"},
		{"smtp", "", "mail server for e-mail to parties without a system, HOST:PORT; without one e-mails are queued"},
		{"smtp-from", "", "sender address of outgoing e-mail, such as ordre@example.no"},
		{"smtp-user", "", "login at the mail server, if it requires one"},
		{"smtp-password-file", "", "file with the password of --smtp-user in its first line"},
		{"smtp-tls", "starttls", "starttls, implicit, or none (only for a mail server on this machine)"},
		{"remind", "48h", "time after which the receiver of an unanswered order is reminded by e-mail; 0 is never"},
		{"lease-company", "Montly Leasing", "finance company of lease orders, as shown to customers and in documents"},
		{"lease-logo", "", "URL of that company's logo, for shops to show"},
		{"lease-refuse", "", "extra checks that reject lease orders: sums, sole-traders; separated by commas"},
		{PhoneRules, "min",
			"check of phone numbers in installation orders: min accepts a country's general pattern, max requires " +
				"that of a number type"},
		{"log-format", "auto", "text, json or auto (text on a terminal)"},
		{"log-level", "info", "debug, info, warn or error"},
	}
}

// Database may hold a password, so it is best given in the environment
// or an env-file, and is never shown as it is.
const Database = "database"

// MetricsListen is where the metrics are served, or off.
const MetricsListen = "metrics-listen"

// Handover says whether this process takes over from another, and
// HandoverSocket where it asks.
const (
	Handover       = "handover"
	HandoverSocket = "handover-socket"
)

// PhoneRules says which phone numbers are taken of installation orders.
const PhoneRules = "installer-phone-rules"

// envPrefix begins the names of our variables.
const envPrefix = "BOOKGATE_"

// clientVariables are the variables that commands other than serve read.
var clientVariables = []string{"BOOKGATE_PROFILE", "BOOKGATE_ENV_FILE"}

// Variable returns the name of the environment variable of a setting.
func Variable(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Origin is a value with the place it comes from.
type Origin struct {
	Name       string `json:"name"`
	Value      string `json:"value"`
	From       string `json:"from"`
	Place      string `json:"place,omitempty"`      // the variable, or file and line
	Overridden string `json:"overridden,omitempty"` // the next place that has another value
}

// Config is every setting with its origin.
type Config map[string]Origin

// AddFlags adds the flags of the named settings, or of all, to a command.
func AddFlags(c *cobra.Command, names ...string) {
	for _, s := range All() {
		if len(names) == 0 || slices.Contains(names, s.Name) {
			if s.isList() {
				c.Flags().Var(&listFlag{value: &s.value}, s.Name, s.help)
				continue
			}
			c.Flags().String(s.Name, s.value, s.help)
			if s.Name == Handover { // --handover alone
				c.Flags().Lookup(s.Name).NoOptDefVal = "on"
			}
		}
	}
	c.Flags().String(envFileFlag, "", "file of settings, NAME=value a line, as systemd and docker read them")
}

// Load gathers the settings for a command. What it cannot make sense of
// ends the program with exit code 78.
func Load(c *cobra.Command, a cli.App) (Config, error) {
	fileName, _ := c.Flags().GetString(envFileFlag)
	if fileName == "" {
		fileName = a.Env(Variable(envFileFlag))
	}
	file, err := ReadEnvFile(a.Path(fileName))
	if err != nil {
		return nil, cli.WithExit(cli.ExitConfig, err)
	}
	if err := refuseUnknown(a.Environ); err != nil {
		return nil, cli.WithExit(cli.ExitConfig, err)
	}
	conf := Config{}
	for _, s := range All() {
		conf[s.Name] = resolveSetting(c, a, file, s)
	}
	if o := conf[Database]; o.Value != "" && !store.IsAddress(o.Value) {
		return nil, cli.WithExit(cli.ExitConfig,
			fmt.Errorf("%s is not a valid address of a PostgreSQL database (from %s)\n"+
				"  Wanted: postgres://user:password@host:5432/bookgate; a folder is named with --data",
				Database, o.Source()))
	}
	return conf, nil
}

func resolveSetting(c *cobra.Command, a cli.App, file map[string]Origin, s setting) Origin {
	places := []Origin{}
	if f := c.Flags().Lookup(s.Name); f != nil && f.Changed {
		places = append(places, Origin{Value: f.Value.String(), From: FromFlag, Place: "--" + s.Name})
	}
	if v := a.Env(Variable(s.Name)); v != "" {
		places = append(places, Origin{Value: v, From: FromEnvironment, Place: Variable(s.Name)})
	}
	if o, ok := file[s.Name]; ok {
		places = append(places, o)
	}
	places = append(places, Origin{Value: s.value, From: FromDefault})
	first := places[0]
	first.Name = s.Name
	if len(places) > 2 {
		first.Overridden = fmt.Sprintf("%s from %s", places[1].Value, places[1].Place)
	}
	return first
}

// What may be a password in either form of a database address. In a URL it ends
// at the last @, for it may not be encoded as it should be; without an @ it is
// what stands where a port is wanted.
var (
	passwordInURL    = regexp.MustCompile(`(?s)(://[^:/?#@]*:).*(@)`)
	passwordForPort  = regexp.MustCompile(`(://[^:/?#@\[]*:)[^/?#@]*[^0-9,:.\[\]/?#@][^/?#@]*()`)
	passwordInOption = regexp.MustCompile(`(?i)([a-z]*password\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]+)`)
)

// Source names the place of a value, for people.
func (o Origin) Source() string { return strings.TrimSpace(o.From + " " + o.Place) }

// Masked returns a setting as it may be shown.
func (o Origin) Masked() Origin {
	switch o.Name {
	case Database:
		o.Value, o.Overridden = MaskDatabase(o.Value), MaskDatabase(o.Overridden)
	case "smtp-password-file":
		o.Value, o.Overridden = maskFile(o.Value), maskFile(o.Overridden)
	}
	return o
}

// MaskDatabase returns the address of a database without its password.
func MaskDatabase(address string) string {
	for _, r := range []*regexp.Regexp{passwordInURL, passwordForPort} {
		address = r.ReplaceAllString(address, "${1}…${2}")
	}
	return passwordInOption.ReplaceAllString(address, "${1}…")
}

// HasPassword reports whether the address of a database has a password in it.
func HasPassword(address string) bool { return MaskDatabase(address) != address }

// maskFile hides what was meant for a file's name and is perhaps its content.
func maskFile(name string) string {
	if _, err := os.Stat(name); err != nil && name != "" && !strings.ContainsAny(name, `/\`) {
		return "…"
	}
	return name
}

// StorePlace names the store: the database when there is one, else the folder.
func (c Config) StorePlace(a cli.App) string {
	if database := c[Database].Value; database != "" {
		return database
	}
	return a.Path(c["data"].Value)
}

// ReadSecretFile reads a secret from the first line of a file.
func ReadSecretFile(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		var why *fs.PathError
		if errors.As(err, &why) {
			err = why.Err // without the name, which may be the password itself
		}
		return "", fmt.Errorf("the file %s with the password cannot be read: %w\n  It comes from smtp-password-file",
			maskFile(name), err)
	}
	plain, err := cli.PlainText(text)
	if err != nil {
		return "", fmt.Errorf("the file %s has no password in its first line: %w", maskFile(name), err)
	}
	line := cli.FirstLine(plain)
	if len(line) == 0 || len(line) > cli.MaxSecret {
		return "", fmt.Errorf("the file %s has no password in its first line", maskFile(name))
	}
	return line, nil
}

// Forever is the retention without an end, and the default of both.
const Forever = "forever"

// SecretFiles are the files of the settings that hold a secret: that of the mail
// server's password, and the env-file when the database's stands in it.
func (c Config) SecretFiles() (files []string) {
	if name := c["smtp-password-file"].Value; name != "" {
		files = append(files, name)
	}
	if o := c[Database]; o.From == FromFile && HasPassword(o.Value) {
		file, _, _ := strings.Cut(o.Place, envFileLine)
		files = append(files, file)
	}
	return files
}

// envFileFlag names the file of settings. It is not a setting itself.
const envFileFlag = "env-file"

// envFileLine stands between an env-file and the number of a line.
const envFileLine = " line "

// ReadEnvFile reads NAME=value lines, as systemd, docker and a shell have them:
// blank lines and lines with # or ; are skipped, export before a name and quotes
// around a value are taken off. A list that stands in several lines adds up.
func ReadEnvFile(name string) (map[string]Origin, error) {
	values := map[string]Origin{}
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
	text, err := cli.PlainText(written)
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

func readEnvLine(values map[string]Origin, line, place string) error {
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
	for _, s := range All() {
		if Variable(s.Name) == name {
			values[s.Name] = values[s.Name].with(s, value, place)
		}
	}
	return nil
}

// with is a setting after another line of the env-file that has it: of a list
// both hold, and else the last, as systemd and docker have it.
func (o Origin) with(s setting, value, place string) Origin {
	if o.Value != "" && value != "" && s.isList() {
		value, place = o.Value+","+value, o.Place+" and "+place[strings.LastIndex(place, "line"):]
	}
	return Origin{Value: value, From: FromFile, Place: place}
}

// refuseUnknown finds variables that look like settings and are none: a typing
// error in one must not go unnoticed.
func refuseUnknown(environ []string) error {
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(strings.TrimPrefix(name, cli.MarkUTF8), envPrefix) && !known(name) {
			return unknownSetting(name, "the environment")
		}
	}
	return nil
}

func known(name string) bool {
	return slices.Contains(clientVariables, name) ||
		slices.ContainsFunc(All(), func(s setting) bool { return Variable(s.Name) == name })
}

// aName is what the name of a variable looks like. Other words, where one is
// wanted, may be a part of a secret that stands in two lines.
var aName = regexp.MustCompile(`^(\x{FEFF})?([A-Z][A-Z0-9_]*|(?i:BOOKGATE_)[A-Za-z0-9_]*)$`)

func unknownSetting(name, place string) error {
	if !aName.MatchString(name) {
		return fmt.Errorf("%s has no setting before the =\n  All settings: bookgate config show --origin", place)
	}
	if bare, marked := strings.CutPrefix(name, cli.MarkUTF8); marked {
		return fmt.Errorf("%s has a byte order mark before its name\n"+
			"  It comes from %s. Save the file that it is read from as UTF-8 without a mark", bare, place)
	}
	names := slices.Clone(clientVariables)
	for _, s := range All() {
		names = append(names, Variable(s.Name))
	}
	near := ""
	if best, ok := order.Nearest(name, names); ok {
		near = " Did you mean " + best + "?"
	}
	return fmt.Errorf("%s is not a setting.%s\n  It comes from %s. All settings: bookgate config show --origin", name,
		near, place)
}
