package client

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/neterr"
	"github.com/bookgate/bookgate/order"
)

// Config says which server a Client talks to and as whom. Everything below
// Password may be left out.
type Config struct {
	Base     string // address of the server, such as https://orders.example.no
	User     string
	Password string // empty when it is not stored: then Ticket is used until it ends

	Ticket     Ticket              // a ticket from an earlier run
	OnTicket   func(Ticket)        // called with every new ticket, so that it can be stored
	HTTPClient *http.Client        // its redirect rule is not used: nothing is followed
	UserAgent  string              // "bookgate" when empty
	Timeout    time.Duration       // of one call with all its tries; 0 means callTimeout
	Log        *slog.Logger        // takes the network's own words at level debug
	Now        func() time.Time    // the clock; nil means time.Now
	Pause      func(time.Duration) // called with how long a retry waits; for tests and progress
}

// callTimeout bounds one call: longer than a restart of the server behind a
// proxy, short enough for a person who waits.
const callTimeout = time.Minute

// Client talks to one server as one user. It is safe for use by many
// goroutines.
type Client struct {
	config Config
	base   string
	http   *http.Client

	mu     sync.Mutex // held while a ticket is fetched, so that many callers fetch one
	ticket Ticket
}

// New makes a client. It sends nothing.
func New(c Config) (*Client, error) {
	base, err := ParseBase(c.Base)
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.UserAgent == "" {
		c.UserAgent = "bookgate"
	}
	if c.Timeout == 0 {
		c.Timeout = callTimeout
	}
	return &Client{config: c, base: base, http: newHTTP(c.HTTPClient), ticket: c.Ticket}, nil
}

// Base is the address of the server, without a slash at the end.
func (c *Client) Base() string { return c.base }

// User is the name that the client logs in with.
func (c *Client) User() string { return c.config.User }

// ParseBase checks the address of a server and brings it into its plain form.
// The address of the order collection, as it stands in many settings, means
// the server that has it.
func ParseBase(s string) (string, error) {
	refuse := func(detail, hint string) (string, error) {
		return "", order.Errorf(order.Malformed, "address-invalid", "%q %s", neterr.Shown(s), detail).WithHint("%s", hint)
	}
	u, err := url.Parse(strings.TrimSpace(s))
	const example = "Write it like https://orders.example.no"
	switch {
	case err != nil || s == "":
		return refuse("is not the address of a server.", example)
	case u.User != nil:
		// The address ends up in logs and on screens, so the answer does not
		// repeat it.
		return "", order.Errorf(order.Malformed, "address-invalid", "The address of a server must not hold a user or password.").
			WithHint("Use --user, and --password-stdin for the password.")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return refuse("does not begin with http:// or https://.", "Did you mean https://"+strings.TrimLeft(neterr.Shown(s),
			"/")+" ?")
	case u.RawQuery != "" || u.Fragment != "":
		return refuse("has a query behind the address of the server.", example)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/orders"), "/")
	return u.Scheme + "://" + u.Host + path, nil
}
