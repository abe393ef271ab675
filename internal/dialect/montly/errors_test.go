package montly

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// TestErrors writes an error of each kind: its code and status, and nothing of
// its cause.
func TestErrors(t *testing.T) {
	for kind, want := range map[order.Kind]struct {
		code   string
		status int
	}{
		order.Internal: {codeInternal, 500}, order.Malformed: {codeRequest, 400}, order.Invalid: {codeRequest, 400}, order.Unauthenticated: {codeUnauthorized, 401}, order.Forbidden: {codeForbidden, 403},
		order.NotFound: {codeNotFound, 404}, order.Gone: {codeNotFound, 404}, order.Conflict: {codeUnmodifiable, 403}, order.Stale: {codeUnmodifiable, 403}, order.TooLarge: {codeRequest, 413},
		order.Unsupported: {codeRequest, 415}, order.TooMany: {codeTooMany, 429}, order.Unavailable: {codeUnavailable, 503},
	} {
		rec := &reqlog.Event{ID: "R-1"}
		e := order.Errorf(kind, "store-busy", "What happened.").WithHint("What to do.")
		e.Err, e.RetryAfter = errors.New("secret cause"), 3*time.Second
		f := faultOf(reqlog.With(t.Context(), rec), fmt.Errorf("doing: %w", e))
		w := httptest.NewRecorder()
		fail(w, f)
		body := w.Body.String()
		if f.Code != want.code || w.Code != want.status || !strings.Contains(body, `"fields":[]`) || strings.Contains(body, "secret") || strings.Contains(body, "doing") {
			t.Errorf("kind %d: %d %s", kind, w.Code, body)
		}
		if later := w.Header().Get("Retry-After"); (later != "") != (kind == order.TooMany || kind == order.Unavailable) {
			t.Errorf("kind %d: Retry-After %q", kind, later)
		}
		if inside := kind == order.Internal; (rec.Failure != nil) != inside || strings.Contains(body, "R-1") != inside || strings.Contains(body, "What happened. What to do.") == inside {
			t.Errorf("kind %d: %s, %v", kind, body, rec.Failure)
		}
	}
	if err := invalid([]badField{missing("phone")}); err.Error() != "InvalidOrder: Validation error" {
		t.Error(err)
	}
}

// TestStoreThatIsDown answers every route with an error that shows nothing of
// the store.
func TestStoreThatIsDown(t *testing.T) {
	w := newWorld(t)
	w.place("good", "1", nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, r := range w.api.routes() {
		req := httptest.NewRequest(r.method, "/", strings.NewReader(`{}`)).WithContext(ctx)
		err := r.serve(httptest.NewRecorder(), req, shop{by: order.Actor{Party: kontor}, source: Source})
		if f := faultOf(t.Context(), err); err == nil || f.status < 500 && f.Code != codeNotFound || strings.Contains(f.Message, "context") {
			t.Errorf("%s: %v", r.path, err)
		}
	}
}

// TestSandboxThatFails leaves the trial as it is and says so in the log.
func TestSandboxThatFails(t *testing.T) {
	w := newWorld(t)
	rec := &reqlog.Event{}
	s := shop{key: auth.Key{Mode: auth.ModeTest}, by: order.Actor{Party: kontor}}
	w.api.rehearse(reqlog.With(t.Context(), rec), s, &order.Order{ID: order.NewID(time.Now())}, signedAtOnce)
	if len(rec.Notes) != 1 || !strings.Contains(rec.Notes[0], "the sandbox failed") {
		t.Errorf("%v", rec.Notes)
	}
}

// TestFinanceCompany has the original's name where none is set.
func TestFinanceCompany(t *testing.T) {
	if a := New(Config{}); a.config.Finance.Name != "Montly Leasing" || a.config.Now().IsZero() {
		t.Errorf("%+v", a.config.Finance)
	}
}
