package mail

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Send sends a message to the mail server. It returns nil once the server has
// accepted it; otherwise the error is an [Error].
func (s *Sender) Send(ctx context.Context, l Message) error {
	m, err := s.encode(l)
	if err != nil {
		return &Error{PublicMessage: err.Error(), Final: true, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, SendTimeout)
	defer cancel()
	turn := time.NewTimer(turnTime)
	defer turn.Stop()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-turn.C:
		return &Error{PublicMessage: "all connections to the mail server are in use", Busy: true}
	case <-ctx.Done():
		return s.toError(ctx.Err())
	}
	if c := s.takeIdle(); c != nil {
		err := s.deliver(ctx, c, m)
		if err == nil || !stale(err) {
			return err
		}
	}
	if refused := s.refusedLogin(); refused != nil {
		return refused
	}
	c, err := s.open(ctx)
	if err != nil {
		fault := s.toError(err)
		var failed *loginError
		if errors.As(err, &failed) {
			s.rememberRefusal(fault)
		}
		return fault
	}
	if err := s.deliver(ctx, c, m); err != nil {
		return s.toError(err)
	}
	return nil
}

// refusedLogin returns the error of the last login during loginPause: servers lock
// out clients that fail too often.
func (s *Sender) refusedLogin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal == nil || time.Since(s.refusedAt) > loginPause {
		return nil
	}
	return s.refusal
}

func (s *Sender) rememberRefusal(fault error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal, s.refusedAt = fault, time.Now()
}

// stale reports whether a reused connection failed as such, so that a new one may
// work: it ended, or the server accepts no more messages on it. A message that may
// have been accepted is not sent again.
func stale(err error) bool {
	var refused *refusal
	var unsure *unanswered
	var fault *Error
	switch {
	case errors.As(err, &unsure), errors.As(err, &fault) && fault.Final:
		return false
	case errors.As(err, &refused):
		return refused.code == 421 || refused.step == "MAIL"
	}
	return true
}

// deliver sends a message on a connection, which is released or closed
// afterwards.
func (s *Sender) deliver(ctx context.Context, c *session, m encodedMessage) error {
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.conn.SetDeadline(time.Now().Add(stepTime))
	_, offered := c.offered["SMTPUTF8"]
	if m.utf8 && !offered {
		s.release(c)
		return s.noUTF8(m)
	}
	err := c.transact(s.from.Address, m.to, m.utf8, m.body)
	var refused *refusal
	if err == nil || errors.As(err, &refused) && refused.code != 421 {
		stop()
		s.release(c)
		return s.toError(err)
	}
	c.conn.Close()
	return s.toError(err)
}

// noUTF8 refuses an e-mail whose address needs what the server does not offer.
func (s *Sender) noUTF8(m encodedMessage) error {
	server := "the mail server " + s.config.Address + " does not offer SMTPUTF8"
	if !ascii(m.to) {
		return &Error{Final: true, PublicMessage: fmt.Sprintf(
			"the address %q has letters beyond ASCII before the @, and %s, which such addresses need",
			CleanLine(m.to), server)}
	}
	return &Error{PublicMessage: fmt.Sprintf(
		"--smtp-from %s has letters beyond ASCII before the @, and %s, which such addresses need",
		CleanLine(s.from.Address), server)}
}

// takeIdle returns an idle connection that still answers, or nil. RSET clears the
// state of an earlier message.
func (s *Sender) takeIdle() *session {
	for {
		s.mu.Lock()
		n := len(s.idle)
		if n == 0 {
			s.mu.Unlock()
			return nil
		}
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		if !c.end.Stop() {
			continue // it is being closed
		}
		c.conn.SetDeadline(time.Now().Add(resetTime))
		if r, err := c.command("RSET"); err == nil && r.is(2) {
			return c.session
		}
		c.conn.Close()
	}
}

// release makes a connection idle for the next message, for idleTime.
func (s *Sender) release(c *session) {
	if c.sent >= maxPerConnection {
		c.quit()
		return
	}
	i := &idle{session: c}
	s.mu.Lock()
	defer s.mu.Unlock()
	i.end = time.AfterFunc(idleTime, func() { s.drop(i) })
	s.idle = append(s.idle, i)
}

// drop closes an idle connection.
func (s *Sender) drop(i *idle) {
	s.mu.Lock()
	for n, other := range s.idle {
		if other == i {
			s.idle = append(s.idle[:n:n], s.idle[n+1:]...)
			break
		}
	}
	s.mu.Unlock()
	i.quit()
}
