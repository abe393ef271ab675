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

// Config is the mail server to which messages are sent.
type Config struct {
	Address  string   // HOST:PORT of the mail server
	From     string   // sender address, with or without a name
	User     string   // login; empty for a server that requires none
	Password Password // of the login
	TLS      Mode     // empty is STARTTLS

	// Roots are the certificate authorities for the server's certificate; nil means
	// those of the system.
	Roots *x509.CertPool
}

// Mode says how the connection is encrypted.
type Mode string

// The modes. Messages have names, addresses and links that decide, so they are
// never sent unencrypted over a network.
const (
	STARTTLS Mode = "starttls" // encrypted before the message; a server without it is refused
	Implicit Mode = "implicit" // encrypted from the first byte, usually port 465
	None     Mode = "none"     // not encrypted, to a server on this machine alone
)

// Password is a secret that prints as redacted.
type Password string

const redacted = "[redacted]"

// String returns a placeholder, for messages.
func (p Password) String() string { return redacted }

// GoString returns a placeholder, for messages.
func (p Password) GoString() string { return redacted }

// LogValue returns a placeholder, for the log.
func (p Password) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for documents.
func (p Password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Bounds of sending.
const (
	// stepTime bounds each of the two steps of sending: reaching the server
	// (connection, greeting, encryption, login), and the message. Both together
	// end before the lease of a delivery, and 7 MB, the largest order as an
	// attachment, need 5 Mbit/s.
	stepTime = 12 * time.Second

	// SendTimeout is the longest time that Send takes.
	SendTimeout = 2 * stepTime

	// maxConnections bounds the connections at once: Exim accepts 20 from one host
	// and answers 421 to more, smaller servers accept fewer.
	maxConnections = 10

	// turnTime is how long a message waits for a connection, and holds a worker.
	// Then it returns to the queue.
	turnTime = 2 * time.Second

	// maxPerConnection bounds the messages on a connection. Servers with a limit
	// have 100, some 50 with refused recipients.
	maxPerConnection = 50

	// idleTime is how long a connection stays open for the next message: longer
	// than the store needs to hand one out, and short for the server.
	idleTime = 2 * time.Second

	// loginPause is the time without a login after a refused one: each message
	// that is due would try each mechanism. It is shorter than the first wait of a
	// delivery.
	loginPause = 3 * time.Second

	// resetTime bounds the RSET on an idle connection.
	resetTime = 3 * time.Second
)

// Sender sends messages to a mail server, several over one connection. It is safe
// for use by many goroutines.
type Sender struct {
	config          Config
	host            string
	from            *mail.Address
	greetingTimeout time.Duration // see defaultGreetingTimeout
	turns           chan struct{} // one for each message that is being sent

	mu        sync.Mutex
	idle      []*idle
	mechanism string // of the last successful login
	refusal   error  // of the last login, at refusedAt
	refusedAt time.Time
}

// idle is a connection that waits for the next message.
type idle struct {
	*session
	end *time.Timer
}

// New checks the configuration. It does not connect to the server, which may be
// down until there is something to send.
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
		return nil, fmt.Errorf("e-mails to %s would go over the network unencrypted\n"+
			"  none is for a mail server on this machine; use starttls or implicit", host)
	}
	switch c.TLS {
	case STARTTLS, Implicit, None:
	default:
		return nil, fmt.Errorf("%q is not a valid encryption mode; use starttls, implicit or none", c.TLS)
	}
	if c.TLS == None && c.User != "" {
		return nil, fmt.Errorf("a password is not sent over a connection that is not encrypted\n" +
			"  Use starttls or implicit, or a server that asks for no login")
	}
	return &Sender{config: c, host: host, from: from, greetingTimeout: defaultGreetingTimeout,
		turns: make(chan struct{}, maxConnections)}, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Domain returns the domain of the sender address; Message-IDs end with it.
func (s *Sender) Domain() string { return domainOf(s.from.Address) }
