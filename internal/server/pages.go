package server

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/order"
)

//go:embed pages.html
var pagesHTML string

// pages are the small pages for people: what a problem and what a link
// relation means. They change with the program only.
type pages struct {
	server *Server
	layout *template.Template
}

func (s *Server) registerPages(r *mux.Router) {
	p := &pages{server: s, layout: template.Must(template.New("pages").Parse(pagesHTML))}
	r.HandleFunc("/problems", p.problems).Methods(http.MethodGet)
	r.HandleFunc("/problems/{code}", p.problem).Methods(http.MethodGet)
	r.HandleFunc("/rels", p.relations).Methods(http.MethodGet)
	r.HandleFunc("/rels/{rel}", p.relation).Methods(http.MethodGet)
}

func (p *pages) problems(w http.ResponseWriter, _ *http.Request) {
	p.write(w, "problems", problem.Catalogue())
}

func (p *pages) problem(w http.ResponseWriter, r *http.Request) {
	code := mux.Vars(r)["code"]
	all := problem.Catalogue()
	i := slices.IndexFunc(all, func(e problem.Entry) bool { return e.Code == code })
	if i < 0 {
		p.missing(w, r, "problem code", "/problems")
		return
	}
	p.write(w, "problem", all[i])
}

func (p *pages) relations(w http.ResponseWriter, _ *http.Request) {
	p.write(w, "relations", relations())
}

func (p *pages) relation(w http.ResponseWriter, r *http.Request) {
	name := mux.Vars(r)["rel"]
	all := relations()
	i := slices.IndexFunc(all, func(rel relation) bool { return rel.Name == name })
	if i < 0 {
		p.missing(w, r, "link relation", "/rels")
		return
	}
	p.write(w, "relation", all[i])
}

func (p *pages) missing(w http.ResponseWriter, r *http.Request, what, index string) {
	p.server.refuse(w, r, order.Errorf(order.NotFound, "not-found", "There is no such %s.", what).
		WithHint("All of them are listed at %s%s.", p.server.config.Public, index))
}

// write renders into memory first, so that a fault of a template is a 500 and
// not half a page.
func (p *pages) write(w http.ResponseWriter, name string, data any) {
	var buf bytes.Buffer
	page := struct {
		Base string // public address, before every link
		Data any
	}{p.server.config.Public, data}
	if err := p.layout.ExecuteTemplate(&buf, name, page); err != nil {
		panic(err) // caught by protect
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.Write(buf.Bytes())
}
