package mail

import (
	"context"
	"errors"
	"time"
)

// Send hands an e-mail to the mail server. When it returns nil, the server has
// taken it; otherwise the error is an [Error].
func (s *Sender) Send(ctx context.Context, l Letter) error {
	m, err := s.message(l)
	if err != nil {
		return &Error{Words: err.Error(), Final: true, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, Longest)
	defer cancel()
	turn := time.NewTimer(turnTime)
	defer turn.Stop()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-turn.C:
		return &Error{Words: "all connections to the mail server are in use", Busy: true}
	case <-ctx.Done():
		return s.fault(ctx.Err())
	}
	if c := s.takeIdle(); c != nil {
		err := s.hand(ctx, c, m)
		if err == nil || !stale(err) {
			return err
		}
	}
	if refused := s.refusedLogin(); refused != nil {
		return refused
	}
	c, err := s.open(ctx)
	if err != nil {
		fault := s.fault(err)
		var failed *loginError
		if errors.As(err, &failed) {
			s.rememberRefusal(fault)
		}
		return fault
	}
	if err := s.hand(ctx, c, m); err != nil {
		return s.fault(err)
	}
	return nil
}

// refusedLogin is what came of the last login, for as long as another would only
// be counted against us: servers shut out who fails too often.
func (s *Sender) refusedLogin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal == nil || time.Since(s.refusedAt) > loginRest {
		return nil
	}
	return s.refusal
}

func (s *Sender) rememberRefusal(fault error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal, s.refusedAt = fault, time.Now()
}

// stale reports whether a connection that was used before failed as such, so
// that a new one may do better: it ended, or the server has had enough of it. A
// e-mail that may have been taken is not handed over again.
func stale(err error) bool {
	var told *refusal
	var unsure *unanswered
	var fault *Error
	switch {
	case errors.As(err, &unsure), errors.As(err, &fault) && fault.Final:
		return false
	case errors.As(err, &told):
		return told.code == 421 || told.step == "MAIL"
	}
	return true
}

// hand gives an e-mail over on a connection, which is ready for the next one
// afterwards or closed.
func (s *Sender) hand(ctx context.Context, c *session, m message) error {
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.conn.SetDeadline(time.Now().Add(stepTime))
	_, offered := c.offered["SMTPUTF8"]
	if m.utf8 && !offered {
		s.giveBack(c)
		return s.noUTF8(m)
	}
	err := c.transact(s.from.Address, m.to, m.utf8, m.body)
	var told *refusal
	if err == nil || errors.As(err, &told) && told.code != 421 {
		stop()
		s.giveBack(c)
		return s.fault(err)
	}
	c.conn.Close()
	return s.fault(err)
}

// takeIdle returns a connection that waits, and is still there: RSET clears what
// an e-mail before left behind. nil means that there is none.
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

// giveBack keeps a connection for the next e-mail, for a while.
func (s *Sender) giveBack(c *session) {
	if c.sent >= perConnection {
		c.quit()
		return
	}
	i := &idle{session: c}
	s.mu.Lock()
	defer s.mu.Unlock()
	i.end = time.AfterFunc(idleTime, func() { s.drop(i) })
	s.idle = append(s.idle, i)
}

// drop ends a connection that nobody needed.
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
