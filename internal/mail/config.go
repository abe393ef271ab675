package mail

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/neterr"
)

// Config says which mail server letters are handed to.
type Config struct {
	Address  string   // HOST:PORT of the mail server
	From     string   // whom the letters come from, with or without a name
	User     string   // the login; empty for a server that asks for none
	Password Password //
	TLS      Mode     // empty is STARTTLS

	// Roots are the authorities that may have signed the server's certificate;
	// nil means those of the system.
	Roots *x509.CertPool
}

// Mode says how the connection is encrypted.
type Mode string

// The modes. Letters carry names, addresses and links that decide, so they are
// never sent in the open over a network.
const (
	STARTTLS Mode = "starttls" // encrypted before the first word about a letter; a server without it is refused
	Implicit Mode = "implicit" // encrypted from the first byte, usually port 465
	None     Mode = "none"     // not encrypted, to a server on this machine alone
)

// Password is a secret that prints as redacted.
type Password string

const redacted = "[redacted]"

// String keeps the password out of messages.
func (p Password) String() string { return redacted }

// GoString keeps the password out of messages.
func (p Password) GoString() string { return redacted }

// LogValue keeps the password out of the log.
func (p Password) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the password out of documents.
func (p Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Bounds of sending.
const (
	// stepTime bounds each of the two steps of an e-mail: reaching the server
	// (connection, greeting, encryption, login), and handing the e-mail over.
	// The two together end before the lease of a delivery does, and 7 MB, the
	// greatest order as an attachment, need a line of 5 Mbit/s.
	stepTime = 12 * time.Second

	// Longest is how long Send takes at most.
	Longest = 2 * stepTime

	// mostConnections is how many a server is given at once: Exim takes 20 from
	// one host and answers 421 to more, smaller ones take fewer.
	mostConnections = 10

	// turnTime is how long an e-mail waits for one of them. Then it is the turn
	// of others, and it comes back: what waits holds a worker.
	turnTime = 2 * time.Second

	// perConnection is how many e-mails one takes. Servers that count end
	// it at 100, some at 50 with recipients that they refuse.
	perConnection = 50

	// idleTime is how long one stays open for the next e-mail: longer than
	// the store needs to hand one out, and no burden on the server.
	idleTime = 2 * time.Second

	// loginRest is how long nothing logs in after a login was refused: what is
	// due at once would try each mechanism once for each e-mail. It is shorter
	// than the first wait of a delivery.
	loginRest = 3 * time.Second

	// resetTime bounds the question whether an idle one is still there.
	resetTime = 3 * time.Second
)

// Sender hands e-mails to a mail server, several over one connection while there
// are some. It is safe for use by many goroutines.
type Sender struct {
	config   Config
	host     string
	from     *mail.Address
	patience time.Duration // with a silent server; see greetingPatience
	turns    chan struct{} // one for each e-mail on its way

	mu        sync.Mutex
	idle      []*idle
	mechanism string // by which the last login went
	refusal   error  // of the last login, at refusedAt
	refusedAt time.Time
}

// idle is a connection that waits for the next e-mail.
type idle struct {
	*session
	end *time.Timer
}

// New checks the configuration. It does not look for the server: a mail server
// that is down now may be up when there is something to send.
func New(c Config) (*Sender, error) {
	if c.TLS == "" {
		c.TLS = STARTTLS
	}
	host, text, err := net.SplitHostPort(c.Address)
	port, errPort := strconv.Atoi(text)
	if err != nil || errPort != nil || host == "" || port < 1 || port > 65535 {
		return nil, fmt.Errorf("the mail server %q is not HOST:PORT\n  For example smtp.example.no:587",
			neterr.Shown(c.Address))
	}
	from, err := parseSender(c.From)
	if err != nil {
		return nil, err
	}
	if c.TLS == None && !loopback(host) {
		return nil, fmt.Errorf("letters to %s would go over the network unencrypted\n  none is for a mail server on this machine; use starttls or implicit", host)
	}
	switch c.TLS {
	case STARTTLS, Implicit, None:
	default:
		return nil, fmt.Errorf("%q is no way to encrypt; use starttls, implicit or none", c.TLS)
	}
	if c.TLS == None && c.User != "" {
		return nil, fmt.Errorf("a password is not sent over a connection that is not encrypted\n  Use starttls or implicit, or a server that asks for no login")
	}
	return &Sender{config: c, host: host, from: from, patience: greetingPatience, turns: make(chan struct{}, mostConnections)}, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Domain is the domain that letters come from; Message-IDs end with it.
func (s *Sender) Domain() string { return domainOf(s.from.Address) }

// worked is the mechanism by which the last login went.
func (s *Sender) worked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mechanism
}

func (s *Sender) remember(mechanism string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mechanism = mechanism
}
