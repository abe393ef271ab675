package app

import (
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/logsink"
	"github.com/bookgate/bookgate/internal/mail"
)

// Config is what serve needs, read and checked.
type Config struct {
	Store         string // folder or database
	ShownPassword bool   // the address of the database has one and came as a flag
	Listen        string
	Metrics       Metrics
	Public        string // empty: made from the listener's address
	Zone          *time.Location
	Skew          time.Duration
	Overlap       time.Duration // OverlapAuto: as the store needs it
	Delay         time.Duration
	Drain         time.Duration
	Handover      Handover
	inherited     sockets // of the service manager or of the process before; nil for what is opened here
	MaxInFlight   int
	Retention
	CORSOrigins []string       // whose pages may read the answers
	Proxies     []netip.Prefix // believed about their clients' addresses
	WebhookNets []netip.Prefix // may be sent to although they are not public
	Mail        Mail
	Leases      Lease
	Phones      installer.PhoneRules
	LogFormat   string
	LogLevel    string
	Sink        *logsink.Sink // takes the log; nil where it cannot fail
	Version     string        // of the program
	SecretFiles []string      // which no other account should read
}

// OverlapAuto leaves the overlap to the store, which knows how late a change
// can become visible.
const OverlapAuto = -1

// Handover is how one process takes over from another.
type Handover struct {
	Ask  bool   // for the sockets of the process that serves
	Path string // of the socket file; empty for none
}

// Lease is what an operator decides about lease orders.
type Lease struct {
	Finance   montly.Finance
	LegalOnly bool
	Sums      bool
}

// Mail is the configuration of outgoing e-mail.
type Mail struct {
	Server       mail.Config // without the password; the address is empty where no e-mail is sent
	PasswordFile string
	Remind       time.Duration // 0 is never
}

// Metrics is where the metrics are served.
type Metrics struct {
	Address string // empty for nowhere
	Chosen  bool   // by the operator, and not by default
}

// Retention is how long finished orders are retained; 0 is permanently.
type Retention struct {
	RetainDocuments time.Duration
	RetainOrders    time.Duration
}

// everyonesRights are those of accounts that are neither the owner nor of the
// group, which often is that of the service.
const everyonesRights = 0o007

// reportSecretFiles logs files with secrets that every account may read.
func reportSecretFiles(log *slog.Logger, files []string) {
	for _, path := range files {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&everyonesRights != 0 {
			log.Warn("every account of this machine has rights to a file with a secret", "path", path,
				"mode", info.Mode().Perm().String(), "next", "Take the rights away: chmod o-rwx "+path)
		}
	}
}
