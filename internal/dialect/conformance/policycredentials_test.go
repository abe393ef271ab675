package conformance

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/order"
)

// sent is a credential as a request carries it.
type sent struct {
	header []string
	query  string // a parameter of its own
}

// showers show the credentials of a surface, by the names of the policy. Who
// has parts in several names is who of the policy's line.
func (m *maker) showers(surface string) map[string]func() sent {
	switch surface {
	case "trade":
		return m.tradeCredentials()
	case "hark":
		return m.keyCredentials("hark", "X-API-KEY: ", sender)
	case "installer":
		return m.keyCredentials("installer", "Authorization: Bearer ", sender)
	case "montly":
		return m.keyCredentials("montly", "Authorization: Bearer ", seller)
	}
	return map[string]func() sent{
		"none":   func() sent { return sent{} },
		"ticket": func() sent { return m.dated("Boknett " + m.ticket(stranger, auth.KindTicket)) },
		"key": func() sent {
			return sent{header: []string{"X-API-KEY: " + m.key(stranger, hark.Source, auth.ModeLive)}}
		},
	}
}

// dated is an Authorization header with the Date that goes with it.
func (m *maker) dated(authorization ...string) sent {
	s := sent{header: []string{"Date: " + m.now().Format(http.TimeFormat)}}
	for _, value := range authorization {
		s.header = append(s.header, "Authorization: "+value)
	}
	return s
}

func (m *maker) tradeCredentials() map[string]func() sent {
	with := func(scheme string, secret func() string) func() sent {
		return func() sent { return m.dated(scheme + " " + secret()) }
	}
	ticket := func(party order.PartyID, kind auth.Kind) func() string {
		return func() string { return m.ticket(party, kind) }
	}
	streamToken := func(authorization string) string {
		a := m.want(m.do(call{http.MethodPost, "/v2/events/token", m.dated(authorization).header, ""}), http.StatusOK)
		var issued struct{ Token string }
		check(m.t, json.Unmarshal([]byte(a.body), &issued))
		return issued.Token
	}
	tokenIn := func(text func() string) func() sent { return func() sent { return sent{query: "token=" + text()} } }
	all := map[string]func() sent{
		"none":      func() sent { return sent{} },
		"empty":     func() sent { return m.dated("") },
		"malformed": with("Boknett", func() string { return "a b" }),
		"basic":     with("Basic", func() string { return "a2FyaTpoZW1tZWxpZw==" }),
		"two":       func() sent { return m.dated("Boknett "+m.ticket(sender, auth.KindTicket), "Boknett x") },
		"undated": func() sent {
			return sent{header: m.dated("Boknett " + m.ticket(sender, auth.KindTicket)).header[1:]}
		},
		"invented":   with("Boknett", func() string { return "TGT-1-x-orders.example.no" }),
		"expired":    with("Boknett", func() string { return m.ended(sender, false) }),
		"logged-out": with("Boknett", func() string { return m.ended(sender, true) }),
		"old-token":  with("Bearer", m.oldToken),
		"disabled": with("Boknett", func() string {
			return m.endedHolder("ticket of one disabled", auth.KindTicket,
				m.disable)
		}),
		"removed": with("Boknett", func() string {
			return m.endedHolder("ticket of one removed", auth.KindTicket,
				m.remove)
		}),
		"revoked": with("Bearer", func() string {
			return m.endedHolder("token of one revoked", auth.KindToken,
				m.revokeClient)
		}),
		"stream-token": tokenIn(func() string { return streamToken("Boknett " + m.ticket(sender, auth.KindTicket)) }),
		"stream-token-as-bearer": with("Bearer", func() string {
			return m.secret("stream token", func() string { return streamToken("Boknett " + m.ticket(sender, auth.KindTicket)) })
		}),
		"stream-token-forged": tokenIn(func() string {
			text := streamToken("Boknett " + m.ticket(sender, auth.KindTicket))
			return text[:len(text)-4] + map[bool]string{true: "BBBB", false: "AAAA"}[strings.HasSuffix(text, "AAAA")]
		}),
		"stream-token-old": tokenIn(func() string {
			return m.secret("old stream token", func() string {
				defer m.at.Add(2 * time.Minute.Microseconds())
				return streamToken("Boknett " + m.ticket(sender, auth.KindTicket))
			})
		}),
		"stream-token-orphan": tokenIn(func() string { // its ticket was logged out
			text := fmt.Sprintf("TGT-1-%d-orders.example.no", m.next())
			digest := sha256.Sum256([]byte(text))
			check(m.t, m.db.AddTicket(m.t.Context(), auth.Ticket{Digest: digest, Kind: auth.KindTicket, Party: sender,
				Holder: "kari", Created: m.now(), Expires: m.now().Add(lasting)}, 100))
			token := streamToken("Boknett " + text)
			m.do(call{http.MethodDelete, "/v1/tickets/" + text, nil, ""})
			return token
		}),
		"token-of-sender":   with("Bearer", ticket(sender, auth.KindToken)),
		"token-of-stranger": with("Bearer", ticket(stranger, auth.KindToken)),
	}
	for name, party := range parties() {
		all["ticket-of-"+name] = with("Boknett", ticket(party, auth.KindTicket))
	}
	for _, dialect := range keyDialects() {
		all["key-of-"+dialect] = with("Bearer", func() string { return m.key(sender, dialect, auth.ModeLive) })
	}
	return all
}

// oldToken is an access token beyond its end and the grace behind it.
func (m *maker) oldToken() string {
	return m.secret("old token", func() string {
		text := "bkt_old"
		check(m.t, m.db.AddTicket(m.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(text)), Kind: auth.KindToken,
			Party: sender, Holder: "bkc_old",
			Created: m.now().Add(-2 * time.Hour), Expires: m.now().Add(-auth.Grace)}, 100))
		return text
	})
}

// endedHolder is a ticket or token whose holder was ended.
func (m *maker) endedHolder(what string, kind auth.Kind, end func(holder string)) string {
	return m.secret(what, func() string {
		text := "TGT-1-" + strings.ReplaceAll(what, " ", "-") + "-orders.example.no"
		holder := strings.ReplaceAll(what, " ", "-")
		check(m.t, m.db.AddTicket(m.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(text)), Kind: kind, Party: sender,
			Holder:  holder,
			Created: m.now(), Expires: m.now().Add(lasting)}, 100))
		end(holder)
		return text
	})
}

// disable ends a user that has the ticket already.
func (m *maker) disable(name string) {
	_, err := m.db.DisableUser(m.t.Context(), m.user(name), m.now())
	check(m.t, err)
}

func (m *maker) remove(name string) { check(m.t, m.db.RemoveUser(m.t.Context(), m.user(name))) }

// user registers a user of the sender's under a name, and leaves its ticket.
func (m *maker) user(name string) string {
	digest := sha256.Sum256([]byte("TGT-1-" + name + "-orders.example.no"))
	ticket, err := m.db.Ticket(m.t.Context(), digest)
	check(m.t, err)
	check(m.t, m.db.AddUser(m.t.Context(), auth.User{Name: name, Party: sender, Password: "x",
		Created: m.now()})) // ends its tickets
	check(m.t, m.db.AddTicket(m.t.Context(), ticket, 100))
	return name
}

func (m *maker) revokeClient(id string) {
	c, _ := auth.NewClient(sender, m.now())
	c.ID = id
	check(m.t, m.db.AddClient(m.t.Context(), c))
	_, err := m.db.RevokeClient(m.t.Context(), id, m.now())
	check(m.t, err)
}

// keyCredentials are those of a dialect that has keys: of every party, live and
// for tests, with all permissions and with each alone.
func (m *maker) keyCredentials(name, head string, owner order.PartyID) map[string]func() sent {
	source := sources()[name]
	with := func(text func() string) func() sent {
		return func() sent { return sent{header: []string{head + text()}} }
	}
	keyWith := func(may ...string) func() string {
		return func() string {
			return m.secret(source+" with "+strings.Join(may, ","), func() string {
				k, text := auth.NewKey(owner, source, auth.ModeLive, m.now())
				k.Permissions = may
				check(m.t, m.db.AddKey(m.t.Context(), k, 100))
				return text
			})
		}
	}
	all := map[string]func() sent{
		"none":      func() sent { return sent{} },
		"empty":     func() sent { return sent{header: []string{strings.TrimSpace(head)}} },
		"two":       func() sent { return sent{header: []string{head + m.key(owner, source, auth.ModeLive), head + "x"}} },
		"invented":  with(func() string { return "bgk_" + source + "_x" }),
		"revoked":   with(func() string { return m.revoked(owner, source) }),
		"ticket":    with(func() string { return m.ticket(owner, auth.KindTicket) }),
		"token":     with(func() string { return m.ticket(owner, auth.KindToken) }),
		"no-rights": with(keyWith()),
	}
	for _, other := range keyDialects() {
		if other != source {
			all["key-of-"+other] = with(func() string { return m.key(owner, other, auth.ModeLive) })
		}
	}
	for _, permission := range permissions(source) {
		all["only-"+permission[strings.Index(permission, ":")+1:]] = with(keyWith(permission))
	}
	for _, who := range slices.Sorted(maps.Keys(parties())) {
		all["key-of-"+who] = with(func() string { return m.key(parties()[who], source, auth.ModeLive) })
		all["test-key-of-"+who] = with(func() string { return m.key(parties()[who], source, auth.ModeTest) })
	}
	return all
}
