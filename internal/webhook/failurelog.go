package webhook

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// Bounds of what is logged of failed deliveries. What is not logged is stored
// all the same, and listed by bookgate deliveries.
const (
	// mostKinds is how many kinds of failure of one endpoint are logged before
	// it works again. Real ones have two or three.
	mostKinds = 16

	// mostFailing is how many endpoints are remembered as failing. Beyond it
	// they are forgotten, and logged once more.
	mostFailing = 10_000

	// linesPerMinute bounds what a failure of many endpoints at once, such as
	// that of our own network, writes into the log.
	linesPerMinute = 60

	// shortestWord is the shortest part of a header or a query that is taken for a
	// secret.
	shortestWord = 6

	// shortestKey is the shortest path of an address that may hold a key: /html is
	// a word of every page.
	shortestKey = 16

	// maxSaid is how much of an answer's body is logged, in characters: the
	// message of an error, and no page.
	maxSaid = 200
)

// failureLog writes one line for the first failure of an endpoint and for each
// later one of a kind that is new, and one when it works again. Its zero value
// with log and now is ready for use.
type failureLog struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	failing map[string]map[string]bool // by who fails, the kinds that were logged
	healed  map[string]bool            // the formats of which it was said that they work again
	minute  time.Time
	lines   int
	dropped int
}

// note logs what is new about a try: t has the endpoint as it stood before it,
// and the delivery as it stands behind it.
func (l *failureLog) note(ctx context.Context, f Format, t Task, a Attempt, r Result) {
	shared := "format " + f.Name
	switch {
	case r.Skip:
	case a.Error == "":
		if l.heals(f, t, shared) {
			l.write(ctx, slog.LevelInfo, "deliveries arrive again", append(attributes(t), slog.Time("failedSince", t.Endpoint.Since))...)
		}
	case t.Delivery.State == Delivered: // by another replica
	default:
		who := t.Endpoint.ID
		if r.Shared {
			who = shared
		}
		if !l.isNew(f, who, kindOf(t, a)) {
			return
		}
		about := append(attributes(t), slog.String("cause", impersonal(a.Error)), slog.Int("tries", t.Delivery.Attempts))
		if repeats(r.Body, r.sent) {
			about = append(about, slog.String("answer", "the message itself"))
		} else if words := impersonal(said(t.Endpoint, r.Body)); words != "" {
			about = append(about, slog.String("answer", words))
		}
		if t.Delivery.State == Failed {
			l.write(ctx, slog.LevelWarn, "a delivery was given up", about...)
			return
		}
		l.write(ctx, slog.LevelWarn, "a delivery failed", append(about, slog.Time("nextTry", t.Delivery.Due))...)
	}
}

// attributes name a delivery. Of an address only the host is shown: the rest may
// hold a key of its owner, or name a person.
func attributes(t Task) []slog.Attr {
	about := []slog.Attr{slog.String("endpoint", t.Endpoint.ID), slog.String("party", string(t.Endpoint.Party)), slog.String("format", t.Endpoint.Format),
		slog.String("channel", string(t.Endpoint.Channel())), slog.String("delivery", t.Delivery.ID), slog.String("event", string(t.Delivery.Type))}
	if t.Delivery.Event.Order != "" {
		about = append(about, slog.String("order", string(t.Delivery.Event.Order)), slog.String("number", order.Truncate(t.Delivery.Event.Number)))
	}
	if u, err := url.Parse(t.Endpoint.URL); err == nil && u.Host != "" {
		about = append(about, slog.String("host", u.Host))
	}
	return about
}

// kindOf names what is the same of two failures: the words but for what counts
// and names, and whether the delivery is lost by it.
func kindOf(t Task, a Attempt) string {
	words := strings.Fields(a.Error)
	for i, word := range words {
		if strings.ContainsFunc(word, unicode.IsDigit) || strings.Contains(word, "@") {
			words[i] = "#"
		}
	}
	return strconv.Itoa(a.Status) + " " + string(t.Delivery.State) + " " + strings.Join(words, " ")
}

// isNew reports whether a kind of failure is the first of its kind, and
// remembers it.
func (l *failureLog) isNew(f Format, who, kind string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing == nil || len(l.failing) > mostFailing {
		l.failing = map[string]map[string]bool{}
	}
	kinds := l.failing[who]
	if kinds[kind] || len(kinds) >= mostKinds {
		return false
	}
	if kinds == nil {
		kinds = map[string]bool{}
		l.failing[who] = kinds
	}
	kinds[kind] = true
	if who == "format "+f.Name {
		delete(l.healed, f.Name)
	}
	return true
}

// heals reports whether something works again. What failed for this process
// before it was started, or in another one, is known from the endpoint; of a format
// that failed as a whole it is said once.
func (l *failureLog) heals(f Format, t Task, shared string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.failing[shared] != nil || l.failing[t.Endpoint.ID] != nil
	delete(l.failing, shared)
	delete(l.failing, t.Endpoint.ID)
	if !known && (t.Endpoint.Failures == 0 || f.Send != nil && l.healed[f.Name]) {
		return false
	}
	if l.healed == nil {
		l.healed = map[string]bool{}
	}
	l.healed[f.Name] = true
	return true
}

// write logs a line, unless this minute has had its share.
func (l *failureLog) write(ctx context.Context, level slog.Level, message string, about ...slog.Attr) {
	l.mu.Lock()
	now := l.now()
	dropped := 0
	if since := now.Sub(l.minute); since >= time.Minute || since < 0 {
		dropped, l.minute, l.lines, l.dropped = l.dropped, now, 0, 0
	}
	l.lines++
	tooMany := l.lines > linesPerMinute
	if tooMany {
		l.dropped++
	}
	l.mu.Unlock()
	if dropped > 0 {
		l.log.WarnContext(ctx, "further deliveries failed that were not logged one by one; bookgate deliveries lists them", "count", dropped)
	}
	if !tooMany {
		l.log.LogAttrs(ctx, level, message, about...)
	}
}

// said is the beginning of an answer's body as far as it is text, in one line,
// without the secrets that we sent: some receivers show a request back, or name
// what they refused.
func said(e Endpoint, body []byte) string {
	if !utf8.Valid(body) {
		body = body[:min(len(body), 4*maxSaid)]
	}
	for i := 0; i < utf8.UTFMax && len(body) > 0 && !utf8.Valid(body); i++ {
		body = body[:len(body)-1] // half a character
	}
	if !utf8.Valid(body) {
		return ""
	}
	text := string(body)
	for _, secret := range secretsOf(e) {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)), " ")
	if runes := []rune(text); len(runes) > maxSaid {
		text = string(runes[:maxSaid]) + "…"
	}
	return text
}

// secretsOf are the texts that authenticate us to an endpoint, whole and in the
// parts in which a receiver may name them, the longest first.
func secretsOf(e Endpoint) (secrets []string) {
	add := func(least int, texts ...string) {
		for _, text := range texts {
			if len(text) >= least {
				secrets = append(secrets, text, url.QueryEscape(text), base64.StdEncoding.EncodeToString([]byte(text)))
			}
		}
	}
	for _, value := range e.Headers {
		add(1, value)
		add(shortestWord, strings.Fields(value)...) // Bearer and the token behind it
	}
	own := []Secret{e.Secret}
	for _, old := range e.OldSecrets {
		own = append(own, old.Secret)
	}
	for _, secret := range own {
		digits := strings.TrimPrefix(secret.Reveal(), secretPrefix)
		add(1, string(secret), secret.Reveal(), digits, strings.TrimRight(digits, "="))
	}
	if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
		add(shortestKey, u.RequestURI(), u.EscapedPath())
		add(shortestKey, strings.Split(u.Path, "/")...)
		for pair := range strings.SplitSeq(u.RawQuery, "&") {
			_, value, _ := strings.Cut(pair, "=")
			plain, _ := url.QueryUnescape(value)
			add(shortestWord, pair, value, plain)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// personal finds what may be about a person in words of other machines: e-mail
// addresses, and numbers as long as those of telephones and of persons.
var personal = regexp.MustCompile(`[^\s<>"'(),;:]+@[^\s<>"'(),;:]+|\+?\d{6}-\d{4,5}|\+?\d(?: ?\d){7,}`)

// impersonal returns words for the log, which must not name persons; the whole
// words are stored with the attempt.
func impersonal(words string) string { return personal.ReplaceAllString(words, "[…]") }

// sharedBytes is how many bytes an answer has in common with a message when it
// shows it back: no words of an error have as many.
const sharedBytes = 24

// repeats reports whether an answer shows the message back that it refuses.
func repeats(answer, message []byte) bool {
	for i := 0; i+sharedBytes <= min(len(answer), 4*maxSaid); i++ {
		if bytes.Contains(message, answer[i:i+sharedBytes]) {
			return true
		}
	}
	return false
}
