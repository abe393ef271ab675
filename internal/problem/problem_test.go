package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

const base = "https://orders.example.no"

func TestKindsAndStatuses(t *testing.T) {
	for kind, want := range map[order.Kind]int{
		order.Internal: 500, order.Malformed: 400, order.Invalid: 422, order.Unauthenticated: 401, order.Forbidden: 403,
		order.NotFound: 404, order.Conflict: 409, order.Stale: 412, order.TooLarge: 413, order.Unsupported: 415,
		order.TooMany: 429, order.Unavailable: 503, order.Kind(99): 500,
	} {
		p := Of(fmt.Errorf("while asked: %w", order.Errorf(kind, "stale", "Seen.")), base, "r1")
		if p.Status != want {
			t.Errorf("kind %d has status %d, want %d", kind, p.Status, want)
		}
		if retry := want == 429 || want == 503 || want == 500; kind != order.Kind(99) && p.Retryable != retry {
			t.Errorf("kind %d is retryable: %v", kind, p.Retryable)
		}
	}
}

func TestDocument(t *testing.T) {
	err := order.Errorf(order.Malformed, "date-skew", "Date says %s, the server has %s.", "07:01:22 GMT", "08:02:44 GMT").
		WithHint("Send the time in GMT.").WithField(order.Field{Header: "Date", Value: "Thu, 28 Apr 2016 07:01:22 GMT"})
	err.Err = errors.New("inner cause")
	w := httptest.NewRecorder()
	Of(fmt.Errorf("list: %w", err), base, "01JD4Z8M2K").Write(w)
	want := `{"type":"https://orders.example.no/problems/date-skew","title":"Date header too far from server time","status":400,` +
		`"detail":"Date says 07:01:22 GMT, the server has 08:02:44 GMT.","code":"date-skew","hint":"Send the time in GMT.",` +
		`"errors":[{"header":"Date","code":"date-skew","message":"Date says 07:01:22 GMT, the server has 08:02:44 GMT.","value":"Thu, 28 Apr 2016 07:01:22 GMT"}],` +
		`"retryable":false,"requestId":"01JD4Z8M2K"}`
	if got := w.Body.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	h := w.Result().Header
	if w.Code != 400 || h.Get("Content-Type") != MediaType || h.Get("Content-Length") != fmt.Sprint(len(want)) || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, h)
	}
	if h.Get("Retry-After") != "" {
		t.Error("a malformed request is asked to come again")
	}
}

func TestNothingOfTheInsideIsShown(t *testing.T) {
	internal := order.Errorf(order.Internal, "store-failed", "secret detail").WithHint("secret hint").WithField(order.Field{Path: "secret"})
	internal.Err = errors.New("secret cause")
	unavailable := order.Errorf(order.Unavailable, "store-busy", "The store is busy.")
	unavailable.Err = errors.New("secret: disk I/O error in /var/lib/bookgate")
	for _, err := range []error{errors.New("secret"), context.DeadlineExceeded, internal, fmt.Errorf("secret wrap: %w", internal), unavailable, fmt.Errorf("secret %w", unavailable)} {
		p := Of(err, base, "r1")
		b, _ := json.Marshal(p)
		for _, word := range []string{"secret", "context", "deadline", "store-failed"} {
			if strings.Contains(string(b), word) {
				t.Errorf("%v is shown as %s", err, b)
			}
		}
		if p.Status == http.StatusInternalServerError && (p.Code != CodeInternal || !strings.Contains(p.Hint, "r1")) {
			t.Errorf("%v: %s", err, b)
		}
	}
}

func TestRetryAfterIsWholeSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "1", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", 2500 * time.Millisecond: "3", 23 * time.Second: "23", -time.Hour: "1",
	} {
		for _, kind := range []order.Kind{order.TooMany, order.Unavailable} {
			e := order.Errorf(kind, "busy", "Wait.")
			e.RetryAfter = wait
			h := http.Header{}
			Of(e, base, "r1").SetRetryAfter(h)
			if got := h.Get("Retry-After"); got != want {
				t.Errorf("%s is written %q, want %q", wait, got, want)
			}
		}
	}
	h := http.Header{}
	Of(order.Errorf(order.Conflict, "stale", "No."), base, "r1").SetRetryAfter(h)
	if len(h) != 0 {
		t.Errorf("a conflict has %v", h)
	}
}

// place is a writer that knows when the handler left its place, and how much
// had been sent by then.
type place struct {
	*httptest.ResponseRecorder
	left time.Time
	sent string
}

func (p *place) Leave() { p.left, p.sent = time.Now(), p.Body.String() }

// TestWriteStreamWaits: between what is said and the cut a proxy has time to pass
// it on, in which no place is taken.
func TestWriteStreamWaits(t *testing.T) {
	w := &place{ResponseRecorder: httptest.NewRecorder()}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("ended with %v", v)
			}
		}()
		Problem{Detail: "busy\nnow", RetryAfter: 5 * time.Second}.WriteStream(w, httptest.NewRequest(http.MethodGet, "/v2/events", nil))
	}()
	if wait := time.Since(w.left); w.left.IsZero() || wait < cutWait {
		t.Errorf("cut %s after it was sent", wait)
	}
	if want := "retry: 5000\n: busy now\n"; w.sent != want || !w.Flushed {
		t.Errorf("sent %q by then, flushed %t", w.sent, w.Flushed)
	}
}
