package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Ticket is a login that lasts for TicketLife.
type Ticket struct {
	Value  string    `json:"value"`
	Issued time.Time `json:"issued"` // by the clock of this machine
}

// How long a ticket serves.
const (
	// TicketLife is the two hours that the Boknett API documents.
	TicketLife = 2 * time.Hour

	// renewAfter leaves ten minutes for clocks that differ and calls that
	// last.
	renewAfter = 110 * time.Minute
)

// Login fetches a new ticket, also when the one in hand would still serve.
func (c *Client) Login(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.login(ctx)
}

// Logout ends the ticket at the server. One that has ended already is no
// error.
func (c *Client) Logout(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ticket.Value == "" {
		return nil
	}
	_, err := c.call(ctx, request{method: http.MethodDelete, path: "/v1/tickets/" + url.PathEscape(c.ticket.Value), open: true})
	if kind := order.KindOf(err); err != nil && kind != order.Malformed && kind != order.NotFound {
		return err
	}
	c.ticket = Ticket{}
	return nil
}

// validTicket returns the ticket to use now. refused is one that the server has
// just turned down; it is not given again.
func (c *Client) validTicket(ctx context.Context, refused string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := c.config.Now().Sub(c.ticket.Issued)
	known := c.ticket.Value != "" && c.ticket.Value != refused
	switch {
	case known && age >= 0 && age < renewAfter:
		return c.ticket.Value, nil
	case c.config.Password != "":
		if err := c.login(ctx); err != nil {
			return "", err
		}
		return c.ticket.Value, nil
	case known && age < TicketLife:
		return c.ticket.Value, nil
	}
	return "", c.loggedOut(age)
}

// login fetches a ticket. c.mu is held.
func (c *Client) login(ctx context.Context) error {
	form := url.Values{"username": {c.config.User}, "password": {c.config.Password}}
	issued := c.config.Now()
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/tickets", kind: "application/x-www-form-urlencoded",
		body: []byte(form.Encode()), accept: "application/problem+json", open: true})
	if err != nil {
		return c.loginRefused(a, err)
	}
	value := a.header.Get("Boknett-TGT")
	if !strings.HasPrefix(value, "TGT-") {
		return c.unreadable(a)
	}
	c.ticket = Ticket{Value: value, Issued: issued}
	if c.config.OnTicket != nil {
		c.config.OnTicket(c.ticket)
	}
	return nil
}

// loginRefused names the refusal of a login. The ticket service documents 400
// for a wrong password, and an older server returns no more than that.
func (c *Client) loginRefused(a answer, err error) error {
	if a.status != http.StatusBadRequest && a.status != http.StatusUnauthorized {
		return err
	}
	if code := order.CodeOf(err); code != "credentials-wrong" && len(a.body) > 0 {
		return err
	}
	return order.Errorf(order.Unauthenticated, "credentials-wrong", "User name or password is wrong for %s at %s.", order.Truncate(c.config.User), c.base).
		WithHint("Log in again:   bookgate login %s --user %s", c.base, c.config.User)
}

// loggedOut is the error when the ticket has ended and nothing is there to
// fetch another with.
func (c *Client) loggedOut(age time.Duration) error {
	why := "There is no ticket"
	switch {
	case c.ticket.Value != "" && age >= TicketLife:
		why = "The ticket of user " + c.config.User + " ended " + c.ticket.Issued.Add(TicketLife).Local().Format("2006-01-02 15:04")
	case c.ticket.Value != "":
		why = "The ticket of user " + c.config.User + " is no longer taken"
	}
	return order.Errorf(order.Unauthenticated, "not-logged-in", "not logged in to %s", c.base).
		WithHint("%s and no password is stored.\n  Log in again:   bookgate login %s --user %s", why, c.base, c.config.User)
}
