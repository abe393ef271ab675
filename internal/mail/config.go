package mail

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
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

// stepTime bounds each of the two steps of a letter: reaching the server
// (connection, greeting, encryption, login), and handing the letter over. The
// two together end before the lease of a delivery does, and 7 MB, the greatest
// order as an attachment, need a line of 5 Mbit/s.
const stepTime = 12 * time.Second

// Longest is how long Send takes at most.
const Longest = 2 * stepTime

// Sender hands letters to a mail server. It is safe for use by many
// goroutines; each letter has a connection of its own.
type Sender struct {
	config Config
	host   string
	port   int
	from   *mail.Address
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
		return nil, fmt.Errorf("the mail server %q is not HOST:PORT\n  For example smtp.example.no:587", c.Address)
	}
	from, err := parseSender(c.From)
	if err != nil {
		return nil, err
	}
	if c.TLS == None && !loopback(host) {
		return nil, fmt.Errorf("letters to %s would go over the network unencrypted\n  none is for a mail server on this machine; use starttls or implicit", host)
	}
	if c.TLS == None && c.User != "" {
		return nil, fmt.Errorf("a password is not sent over a connection that is not encrypted\n  Use starttls or implicit, or a server that asks for no login")
	}
	return &Sender{config: c, host: host, port: port, from: from}, nil
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

// client makes the connection-to-be of one letter.
func (s *Sender) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(stepTime), gomail.WithHELO(s.Domain()), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.config.Roots}),
	}
	switch s.config.TLS {
	case STARTTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit:
		options = append(options, gomail.WithSSL())
	case None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("%q is no way to encrypt; use starttls, implicit or none", s.config.TLS)
	}
	if s.config.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.config.User), gomail.WithPassword(string(s.config.Password)))
	}
	return gomail.NewClient(s.host, options...)
}
