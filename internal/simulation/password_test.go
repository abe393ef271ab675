package simulation

import (
	"fmt"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// user is a person of a party who logs in with a password from its office, and whose
// password is guessed at from elsewhere.
type user struct {
	name    string
	office  string
	party   *party
	trusted time.Duration // the last login from the office, 0 for none
	tickets int
	guesses map[string]*guesses // by the address
}

// guesses are the wrong passwords that an address has tried.
type guesses struct {
	first, last time.Duration
	wrong       int // that were found wrong, and not turned away before
	tried       int
}

// What the throttle promises: so many wrong passwords in a row, and then one more in
// so long. They stand in package auth as failuresBurst and failuresEvery.
const (
	guessBurst   = 10
	guessEvery   = 6 * time.Second
	forgiven     = 3 * time.Minute // after which nothing of it is left
	strangers    = 4
	password     = "riktig hest"
	mostInARow   = 14
	trustedFor   = 30 * 24 * time.Hour
	guessersPart = 12 // one seed of so many has guesses: a login collects garbage, which costs a millisecond
)

// newUser is the user of a party.
func newUser(p *party) *user {
	return &user{name: "user-" + string(p.id), office: "192.0.2.1", party: p, guesses: map[string]*guesses{}}
}

// passwords are tried: the right one from the office, wrong ones from there and from
// elsewhere.
func (w *world) passwords() {
	u := w.parties[0].user
	switch n := w.rng.IntN(10); {
	case n < 5:
		w.logIn(u)
	case n < 6 && w.chance(30):
		w.guess(u, u.office, 1+w.rng.IntN(3))
	default:
		w.guess(u, fmt.Sprint("198.51.100.", 1+w.rng.IntN(strangers)), 1+w.rng.IntN(mostInARow))
	}
}

// logIn shows the right password from the office.
func (w *world) logIn(u *user) {
	m := w.machine()
	u.tickets++
	t := &token{name: fmt.Sprintf("%s.%d", u.name, u.tickets), party: u.party, begun: w.passed, life: auth.TicketLife}
	r := m.do("log in as "+u.name, false, func() (err error) {
		t.text, err = m.logins.Login(w.ctx, u.office, auth.Credentials{User: u.name, Password: password})
		return err
	})
	switch {
	case r.failed:
		return
	case r.err == nil:
		u.trusted = w.passed
		w.tokens = append(w.tokens, t)
		delete(u.guesses, u.office)
	case order.KindOf(r.err) != order.TooMany:
		w.breach("the right password of %s is answered with %v", u.name, r.err)
	case w.exact(0) && w.mustAdmit(u):
		w.breach("%s cannot log in from its office: %v", u.name, r.err)
	}
}

// mustAdmit reports whether nothing that was guessed may refuse a user: nothing was
// guessed from the office, and it is known, or nothing was guessed anywhere.
func (w *world) mustAdmit(u *user) bool {
	office := u.guesses[u.office]
	known := u.trusted > 0 && w.passed-u.trusted < trustedFor-24*time.Hour
	return (office == nil || w.passed-office.last > forgiven) && (known || w.quiet())
}

// quiet reports whether nothing was guessed at anybody of late.
func (w *world) quiet() bool {
	for _, p := range w.parties {
		for _, g := range p.user.guesses {
			if w.passed-g.last <= forgiven {
				return false
			}
		}
	}
	return true
}

// guess tries wrong passwords in a row. Of those that are not turned away there are
// no more than the throttle lets through.
func (w *world) guess(u *user, from string, times int) {
	for n := range times {
		m := w.machine()
		g := u.guesses[from]
		if g == nil {
			g = &guesses{first: w.passed}
			u.guesses[from] = g
		}
		g.tried, g.last = g.tried+1, w.passed
		r := m.do(fmt.Sprintf("guess the password of %s from %s", u.name, from), false, func() error {
			_, err := m.logins.Login(w.ctx, from, auth.Credentials{User: u.name, Password: fmt.Sprint("wrong ", n)})
			return err
		})
		switch {
		case r.failed:
			continue
		case r.err == nil:
			w.breach("a wrong password of %s is taken", u.name)
		case order.KindOf(r.err) == order.Malformed:
			g.wrong++
		case order.KindOf(r.err) != order.TooMany:
			w.breach("a wrong password of %s is answered with %v", u.name, r.err)
		}
		if most := guessBurst + int((w.passed-g.first+off)/guessEvery) + 1; w.exact(g.first) && g.wrong > most {
			w.breach("%d wrong passwords of %s were looked at in %s", g.wrong, u.name, w.passed-g.first)
		}
	}
}
