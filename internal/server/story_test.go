package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// story is a dialect with one route for everything that the server promises.
type story struct {
	release chan struct{} // /slow waits for it
	entered chan struct{} // /slow says that it has begun
}

func newStory() *story {
	return &story{release: make(chan struct{}), entered: make(chan struct{}, 100)}
}

func (d *story) Name() string { return "story" }

func (d *story) Register(r *mux.Router) {
	everyday(r)
	r.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		panic("secret of the server")
	}).Methods("GET")
	r.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		w.Write(bytes.Repeat([]byte("x"), 10_000))
		panic("too late")
	}).Methods("GET")
	r.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "[")
		reqlog.From(r.Context()).Failure = errors.New("rows ended early")
		panic(http.ErrAbortHandler)
	}).Methods("GET")
	r.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		d.entered <- struct{}{}
		<-d.release
		io.WriteString(w, "done")
	}).Methods("GET")
	r.HandleFunc("/begun", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "be")
		http.NewResponseController(w).Flush()
		d.entered <- struct{}{}
		<-d.release
		io.WriteString(w, "gun")
	}).Methods("GET")
	r.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		reqlog.From(r.Context()).Party = order.PartyID(r.URL.RawQuery)
		if err := w.(interface{ WaitSlot() error }).WaitSlot(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, err.Error())
			return
		}
		d.entered <- struct{}{}
		<-d.release
		if r.URL.RawQuery == "panic" {
			panic("woken")
		}
		io.WriteString(w, "done")
	}).Methods("GET")
	r.HandleFunc("/read", d.read).Methods("POST")
	r.HandleFunc("/long", d.long).Methods("GET")
}

// everyday registers the routes on which nothing goes wrong.
func everyday(r *mux.Router) {
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
	}
	r.HandleFunc("/orders", say("list")).Methods("GET")
	r.HandleFunc("/orders", say("submitted")).Methods("POST")
	r.HandleFunc("/orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		rec := reqlog.From(r.Context())
		rec.Party, rec.Actor, rec.Order, rec.Code = "7045", "bokhandel", "4db955a8", "some-code"
		rec.Note("date-weekday")
		io.WriteString(w, mux.Vars(r)["id"])
	}).Methods("GET", "HEAD")
	r.HandleFunc("/v1/tickets", say("ticket")).Methods("POST")
	r.HandleFunc("/v1/tickets/{TGT}", say("ended")).Methods("DELETE")
}

func (d *story) read(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	}
	fmt.Fprint(w, n)
}

// longBytes is more than the buffers between two sockets hold.
const longBytes = 24 << 20

func (d *story) long(w http.ResponseWriter, r *http.Request) {
	w.Write(bytes.Repeat([]byte("y"), longBytes))
}
