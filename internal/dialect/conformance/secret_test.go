package conformance

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
)

// lasting is longer than any test of the clock.
const lasting = 10000 * time.Hour

// ticket is a ticket of a party, or with KindToken an access token.
func (w *world) ticket(party order.PartyID, kind auth.Kind) string {
	return w.secret(fmt.Sprint(kind, party), func() string {
		text := fmt.Sprintf("TGT-1-%x-orders.example.no", sha256.Sum256([]byte(string(kind)+string(party))))
		check(w.t, w.db.AddTicket(w.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(text)), Kind: kind, Party: party,
			Holder: "user of " + string(party), Created: w.now(), Expires: w.now().Add(lasting)}, 100))
		return text
	})
}

// key is a key of a party for a dialect and mode that may do all there is.
func (w *world) key(party order.PartyID, dialect, mode string) string {
	return w.secret(fmt.Sprint(dialect, party, mode), func() string {
		k, text := auth.NewKey(party, dialect, mode, w.now())
		k.Permissions = permissions(dialect)
		check(w.t, w.db.AddKey(w.t.Context(), k, 100))
		return text
	})
}

func permissions(dialect string) []string {
	return map[string][]string{hark.Source: hark.Permissions(), installer.Source: installer.Permissions(), montly.Source: montly.Permissions()}[dialect]
}

// revoked is a key that was good until just now.
func (w *world) revoked(party order.PartyID, dialect string) string {
	return w.secret("revoked"+dialect, func() string {
		k, text := auth.NewKey(party, dialect, auth.ModeLive, w.now())
		k.Permissions = permissions(dialect)
		check(w.t, w.db.AddKey(w.t.Context(), k, 100))
		_, err := w.db.RevokeKey(w.t.Context(), k.ID, w.now())
		check(w.t, err)
		return text
	})
}

// secret makes a secret when it is first asked for.
func (w *world) secret(what string, issue func() string) string {
	w.t.Helper()
	if _, ok := w.secrets[what]; !ok {
		w.secrets[what] = issue()
	}
	return w.secrets[what]
}

// ended is a ticket that was good until it was logged out, or until its time was
// over.
func (w *world) ended(by order.PartyID, loggedOut bool) string {
	return w.secret(fmt.Sprint("ended", by, loggedOut), func() string {
		text := fmt.Sprintf("TGT-1-%x-orders.example.no", sha256.Sum256([]byte(fmt.Sprint("ended", by, loggedOut))))
		digest := sha256.Sum256([]byte(text))
		check(w.t, w.db.AddTicket(w.t.Context(), auth.Ticket{Digest: digest, Kind: auth.KindTicket, Party: by, Holder: "user of " + string(by),
			Created: w.now().Add(-time.Hour), Expires: w.now().Add(-time.Minute)}, 100))
		if loggedOut {
			check(w.t, w.db.DeleteTicket(w.t.Context(), digest))
		}
		return text
	})
}
