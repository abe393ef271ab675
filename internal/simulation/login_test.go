package simulation

import (
	"fmt"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// token is a credential as its client knows it.
type token struct {
	name  string
	text  string
	party *party
	begun time.Duration // when it was issued
	life  time.Duration
	ended time.Duration // when it was ended; 0 while it is not
	maybe bool          // it may have been ended
}

// cached is how long a process may go on accepting what was ended elsewhere, and
// off is by how much clocks that are only uneasy can make a time longer or
// shorter.
const (
	cached = time.Second
	off    = 5 * time.Second
)

// exact reports whether what has waited since a moment must have waited for as long
// as time passed. A step that no process saw is taken for time that passed, or
// swallows some.
func (w *world) exact(since time.Duration) bool { return w.unseen == 0 || w.unseen < since }

// login shows the token of a party, and fetches one when it has none or it has
// ended. It reports whether the party may act.
func (w *world) login(m *machine, p *party) bool {
	if p.token != nil && w.show(m, p.token) {
		return true
	}
	if p.token != nil && p.token.ended == 0 && !p.token.maybe && w.exact(p.token.begun) && w.passed-p.token.begun < p.token.life-off &&
		!w.sick {
		w.breach("token %s is refused %s after it was issued", p.token.name, w.passed-p.token.begun)
	}
	return w.fetch(m, p)
}

// fetch gets a token for the client of a party.
func (w *world) fetch(m *machine, p *party) bool {
	p.fetched++
	t := &token{name: fmt.Sprintf("%s.%d", p.id, p.fetched), party: p, begun: w.passed, life: auth.TokenLife}
	r := m.do("fetch token "+t.name, false, func() error {
		g, err := m.logins.Grant(w.ctx, p.client.ID, p.secret, "")
		t.text = g.Token
		return err
	})
	switch {
	case r.failed:
		return false
	case r.err != nil:
		w.breach("party %s gets no token: %v", p.id, r.err)
	}
	p.token = t
	w.tokens = append(w.tokens, t)
	return true
}

// show has a token checked, and holds the answer against what must be.
func (w *world) show(m *machine, t *token) (accepted bool) {
	var by order.Actor
	r := m.do("show token "+t.name, false, func() (err error) {
		by, err = m.logins.Check(w.ctx, t.text)
		return err
	})
	w.sick = r.failed
	switch age := w.passed - t.begun; {
	case r.failed:
		return false
	case r.err != nil && order.KindOf(r.err) != order.Unauthenticated:
		w.breach("token %s is answered with %v", t.name, r.err)
	case r.err != nil:
		return false
	case by.Party != t.party.id:
		w.breach("token %s of %s is taken for one of %s", t.name, t.party.id, by.Party)
	case t.ended != 0 && w.passed-t.ended > cached+off:
		w.breach("token %s was ended %s ago and is accepted", t.name, w.passed-t.ended)
	case w.exact(t.begun) && age > t.life+auth.Grace+off:
		w.breach("token %s is accepted %s after it was issued", t.name, age)
	}
	return true
}

// logout ends the token of a party.
func (w *world) logout(p *party) {
	if p.token == nil {
		return
	}
	m, t := w.machine(), p.token
	r := m.do("end token "+t.name, true, func() error { return m.logins.Revoke(w.ctx, t.text) })
	if !r.failed && r.err != nil && order.KindOf(r.err) != order.NotFound {
		w.breach("token %s cannot be ended: %v", t.name, r.err)
	}
	w.end(r, t)
	p.token = nil
}

// end notes that tokens were ended, or may have been.
func (w *world) end(r result, ended ...*token) {
	for _, t := range ended {
		switch {
		case r.failed:
			t.maybe = t.maybe || r.maybe
		case t.ended == 0:
			t.ended = w.passed
		}
	}
}

// disable ends the logins of a party's user with all its tickets, and enables the user again.
func (w *world) disable(u *user) {
	m := w.machine()
	r := m.do("disable "+u.name, true, func() error {
		_, err := m.db.DisableUser(w.ctx, u.name, m.now())
		return err
	})
	for _, t := range w.tokens {
		if t.party == u.party && t.life == auth.TicketLife {
			w.end(r, t)
		}
	}
	if !r.failed {
		m = w.machine()
		refused := m.do("log in as "+u.name+", who is disabled", false, func() error {
			_, err := m.logins.Login(w.ctx, u.office, auth.Credentials{User: u.name, Password: password})
			return err
		})
		if refused.err == nil {
			w.breach("%s is disabled and logs in", u.name)
		}
	}
	for {
		m = w.machine()
		if r := m.do("enable "+u.name, true, func() error {
			_, err := m.db.EnableUser(w.ctx, u.name)
			return err
		}); r.ok() {
			return
		}
	}
}

// replace ends a client with all its tokens, and makes another, or only sets
// another secret for it.
func (w *world) replace(p *party) {
	m, all := w.machine(), []*token{}
	for _, t := range w.tokens {
		if t.party == p && t.life == auth.TokenLife {
			all = append(all, t)
		}
	}
	secret, digest := auth.NewClientSecret()
	revoke := w.chance(50)
	r := m.do(map[bool]string{true: "revoke the client of ", false: "rotate the secret of "}[revoke]+string(p.id), true,
		func() (err error) {
			if revoke {
				_, err = m.db.RevokeClient(w.ctx, p.client.ID, m.now())
			} else {
				_, err = m.db.RotateClient(w.ctx, p.client.ID, digest, time.Time{})
			}
			return err
		})
	if w.end(r, all...); r.failed && !r.maybe {
		return
	}
	if !revoke && !r.failed {
		p.secret = secret
		return
	}
	w.refused(p, r)
	p.client, p.secret = auth.NewClient(p.id, m.now())
	for client := p.client; ; {
		m = w.machine()
		if r := m.do("add a client of "+string(p.id), true, func() error { return m.db.AddClient(w.ctx, client) }); r.ok() {
			return
		}
	}
}

// refused wants no token for a client that is revoked.
func (w *world) refused(p *party, revoked result) {
	if revoked.failed {
		return
	}
	m := w.machine()
	r := m.do("fetch a token for the revoked client of "+string(p.id), false, func() error {
		_, err := m.logins.Grant(w.ctx, p.client.ID, p.secret, "")
		return err
	})
	if r.err == nil {
		w.breach("the client of %s is revoked and gets a token", p.id)
	}
}

// probe shows a token again that was issued some time.
func (w *world) probe() {
	if len(w.tokens) > 0 {
		w.show(w.machine(), one(w, w.tokens))
	}
}
