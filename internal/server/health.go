package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

const (
	alivePath = "/healthz"
	readyPath = "/readyz"
)

func (s *Server) registerHealth(r *mux.Router) {
	r.HandleFunc(alivePath, s.alive).Methods(http.MethodGet)
	r.HandleFunc(readyPath, s.ready).Methods(http.MethodGet)
}

// alive answers that the process runs and can answer, and nothing else: a
// supervisor that kills on it must not kill for a slow disk.
func (s *Server) alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, "application/json", http.StatusOK, map[string]string{"status": "alive", "version": s.config.Version})
}

// readiness is what /readyz says.
type readiness struct {
	Status string  `json:"status"` // ready or unready
	Checks []check `json:"checks"`
}

type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// ready answers whether a balancer should send requests here.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	doc := readiness{Status: "ready", Checks: []check{s.checkPhase(), s.checkStore(r)}}
	status := http.StatusOK
	doc.Checks = append(doc.Checks, s.warnings()...)
	for _, c := range doc.Checks {
		if !c.OK {
			doc.Status, status = "unready", http.StatusServiceUnavailable
		}
	}
	if status != http.StatusOK {
		w.Header().Set("Retry-After", strconv.Itoa(int(busyRetry.Seconds())))
	}
	writeJSON(w, "application/json", status, doc)
}

func (s *Server) checkPhase() check {
	if s.phase.Load() == serving {
		return check{Name: "serving", OK: true}
	}
	return check{Name: "serving", Detail: "The server is being stopped."}
}

// warnings lists what an operator has to look at and what is not a reason to send
// requests elsewhere: orders are served by any clock, without a log, and on a
// disk that is nearly full.
func (s *Server) warnings() (all []check) {
	for _, w := range []struct {
		name, says string
		why        func() string
	}{
		{"clock", "%s", s.clockTrouble},
		{"disk", "The disk of the store is nearly full: %s.", s.config.Space},
		{"log", "Lines of the log are missing or late: %s.", s.config.LogTrouble},
	} {
		if why := w.why(); why != "" {
			all = append(all, check{Name: w.name, OK: true, Detail: fmt.Sprintf(w.says, why)})
		}
	}
	return all
}

// clockTrouble returns sentences about a clock that is not believed, or wrong.
func (s *Server) clockTrouble() string {
	var said []string
	if why := s.config.Clock(); why != "" {
		said = append(said, "The clock is not believed: "+why+".")
	}
	if what := s.config.ClockSet(); what != "" {
		said = append(said, what)
	}
	return strings.Join(said, " ")
}

// checkStore asks what the server depends on. Only an [order.Error] was made
// to be read outside; of anything else the log has the text.
func (s *Server) checkStore(r *http.Request) check {
	c := check{Name: "store", OK: true}
	if s.config.Ready == nil {
		return c
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.ready)
	defer cancel()
	err := s.config.Ready(ctx)
	if err == nil {
		return c
	}
	reqlog.From(r.Context()).Failure = err
	c.OK, c.Detail = false, "The store does not answer as it should; the log has more under this request id."
	var e *order.Error
	if errors.As(err, &e) && e.Kind != order.Internal {
		c.Detail = e.Detail
	}
	return c
}

// writeJSON sends a document that is made anew for every question.
func writeJSON(w http.ResponseWriter, mediaType string, status int, v any) {
	body, err := jsontext.Marshal(v)
	if err != nil {
		panic(err) // our own types always marshal
	}
	body = append(body, '\n')
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
