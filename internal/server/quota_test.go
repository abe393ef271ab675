package server

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// openWorking serves /held, which works until let is closed, and /quick, each for the
// party that Authorization names; "wrong" is none.
func openWorking(t *testing.T, places int) (h *fixture, let chan struct{}) {
	let = make(chan struct{})
	serve := func(wait bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var err error
			switch who := r.Header.Get("Authorization"); who {
			case "":
			case "wrong":
				err = order.Errorf(order.Unauthenticated, "ticket-unknown", "This ticket is not known.")
			default:
				err = reqlog.From(r.Context()).Identify(order.PartyID(who), who)
			}
			if err != nil {
				problem.Of(err, public, reqlog.From(r.Context()).ID).Write(w)
				return
			}
			if wait {
				<-let
			}
		}
	}
	h = open(t, func(c *Config, _ *limits) {
		c.InFlight = places
		c.Dialects = []Dialect{registerFunc(func(r *mux.Router) {
			r.HandleFunc("/held", serve(true)).Methods(http.MethodGet)
			r.HandleFunc("/quick", serve(false)).Methods(http.MethodGet)
		})}
	})
	return h, let
}

// TestWorkingPlacesAreShared: a party, or an address that shows no credential, has
// half of the places when it comes alone, and others find the rest, from the same
// address too.
func TestWorkingPlacesAreShared(t *testing.T) {
	for _, who := range []string{"7045", ""} {
		h, let := openWorking(t, 8)
		ask := func(path, who string) reply {
			if who == "" {
				return h.do("GET", path, nil)
			}
			return h.do("GET", path, nil, "Authorization", who)
		}
		replies := make(chan reply, 20)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { replies <- ask("/held", who) })
		}
		for range 16 {
			r := <-replies
			wantProblem(t, r, http.StatusServiceUnavailable, "busy")
			if r.Header.Get("Retry-After") == "" || !strings.Contains(r.body, "4 requests of yours are being answered") {
				t.Errorf("%q: refused with Retry-After %q:\n%s", who, r.Header.Get("Retry-After"), r.body)
			}
		}
		if h.Working() != 4 {
			t.Errorf("%q has %d of 8 places, want 4", who, h.Working())
		}
		for other, want := range map[string]int{"900877": http.StatusOK, "wrong": http.StatusUnauthorized} {
			if r := ask("/quick", other); r.StatusCode != want {
				t.Errorf("%s beside %q: %d, want %d\n%s", other, who, r.StatusCode, want, r.body)
			}
		}
		if who != "" {
			if r := ask("/quick", ""); r.StatusCode != http.StatusOK {
				t.Errorf("no credential beside %s: %d", who, r.StatusCode)
			}
		}
		close(let)
		all.Wait()
		h.until("the end", func() bool { return h.Working() == 0 && len(h.work.of) == 0 })
		if r := ask("/quick", who); r.StatusCode != http.StatusOK {
			t.Errorf("%q afterwards: %d", who, r.StatusCode)
		}
	}
}

// TestManyPartiesBehindOneAddress: what is refused to an address is not refused to
// the parties behind it, each of which has its own share.
func TestManyPartiesBehindOneAddress(t *testing.T) {
	h, let := openWorking(t, 8)
	var all sync.WaitGroup
	for _, party := range []string{"1", "2", "3", "4", "5", "6"} {
		all.Go(func() {
			if r := h.do("GET", "/held", nil, "Authorization", party); r.StatusCode != http.StatusOK {
				t.Errorf("party %s: %d", party, r.StatusCode)
			}
		})
	}
	h.until("all six", func() bool { return h.Working() == 6 })
	close(let)
	all.Wait()
}

// TestPlaceFreedIsGivenToWhoWaits: a party that waits for a place of its own has it
// within the time that it waits.
func TestPlaceFreedIsGivenToWhoWaits(t *testing.T) {
	h, let := openWorking(t, 8)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { h.do("GET", "/held", nil, "Authorization", "7045") })
	}
	h.until("four", func() bool { return h.Working() == 4 })
	fifth := make(chan int, 1)
	all.Go(func() { fifth <- h.do("GET", "/quick", nil, "Authorization", "7045").StatusCode })
	h.until("one who waits", func() bool { return h.work.waiting() == 1 })
	close(let)
	if status := <-fifth; status != http.StatusOK {
		t.Errorf("the fifth: %d", status)
	}
	all.Wait()
}
