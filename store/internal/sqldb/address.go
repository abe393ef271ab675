package sqldb

import (
	"context"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bookgate/bookgate/order"
)

// IsPostgres reports whether a place is an address of PostgreSQL: a URL, or the
// words of a connection string such as host=db dbname=bookgate.
func IsPostgres(where string) bool {
	if strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://") {
		return true
	}
	word, _, found := strings.Cut(where, "=")
	return found && slices.Contains([]string{"host", "port", "user", "password", "dbname", "service", "sslmode"},
		strings.TrimSpace(word))
}

// aScheme is how an address begins that is not a folder. A folder whose name looks
// like it is written with ./ before it.
const aScheme = `^[A-Za-z][A-Za-z0-9+.-]+:`

// sqliteScheme may stand before a data folder.
const sqliteScheme = "sqlite:"

// ParsePlace takes sqlite: from a folder, and refuses what is neither a folder
// nor an address of PostgreSQL. Of what it refuses it repeats the scheme at
// the most: the rest may hold a password.
func ParsePlace(where string) (string, error) {
	dir, named := strings.CutPrefix(where, sqliteScheme)
	scheme := regexp.MustCompile(aScheme).FindString(dir)
	switch {
	case IsPostgres(where):
		return where, nil
	case dir == "":
		return "", PlaceError("The address of a store is empty.")
	case named && strings.HasPrefix(dir, "//") && !strings.HasPrefix(dir, "///"):
		return "", PlaceError("After sqlite:// there stands a host, and a store in SQLite is a folder of this machine.")
	case scheme != "":
		return "", PlaceError("No store is known under %s", scheme+"…")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return "", PlaceError("%s is a file, and a store is named by its folder.", dir)
	}
	return dir, nil
}

// PlaceError refuses the place of a store, and shows how one is written.
func PlaceError(format string, args ...any) error {
	return order.Errorf(order.Invalid, "store-address", format, args...).
		WithHint("Write sqlite:FOLDER, as in sqlite:./bookgate-data, or postgres://user@host:5432/bookgate.")
}

// parseAddress reads an address. Its content is never repeated: it may hold a
// password.
func parseAddress(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, badAddress(unreadable(err))
	}
	if at := strings.IndexByte(config.Host, '@'); at > 0 { // one at the beginning is an abstract socket
		return nil, badAddress("an @ stands in its user or password as it is")
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "bookgate"
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectLimit
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = refuseStandby
	}
	return config, nil
}

func badAddress(why string) *order.Error {
	return order.Errorf(order.Invalid, "store-open", "The address of the PostgreSQL database cannot be read: %s.", why).
		WithHint("Write it like this: postgres://user:password@host:5432/bookgate; characters of the password " +
			"such as @ and / are percent-encoded.")
}

// unreadableParts are the words of the driver that name the part at fault; what
// stands around them may be a password.
var unreadableParts = regexp.MustCompile("`: (invalid [a-z_]+|unknown [a-z_]+ value|could not match [0-9]+ port " +
	"numbers to [0-9]+ hosts|failed to configure TLS|failed to read service)")

// unreadable returns what is wrong with an address and nothing of its content.
func unreadable(err error) string {
	part := unreadableParts.FindStringSubmatch(err.Error())
	switch {
	case part == nil:
		return "it is neither a URL nor a list of option=value"
	case part[1] == "failed to configure TLS":
		return "its sslmode or certificates cannot be used"
	}
	return part[1]
}

// standbyError reports that a server takes no changes, because it is a standby
// or was made read-only.
type standbyError struct{}

func (*standbyError) Error() string { return "the server takes no changes" }

// refuseStandby looks for the server that takes changes: among several
// addresses the next one is tried.
func refuseStandby(ctx context.Context, c *pgconn.PgConn) error {
	results, err := c.Exec(ctx, "SHOW transaction_read_only").ReadAll()
	if err != nil {
		return err
	}
	if len(results) == 1 && len(results[0].Rows) == 1 && string(results[0].Rows[0][0]) == "on" {
		return &standbyError{}
	}
	return nil
}

// addressOf names a database without its password, for people.
func addressOf(c *pgx.ConnConfig) string {
	hosts := []string{hostOf(c.Host, c.Port)}
	for _, f := range c.Fallbacks {
		if h := hostOf(f.Host, f.Port); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return "postgres://" + c.User + "@" + strings.Join(hosts, ",") + "/" + c.Database
}

func hostOf(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
