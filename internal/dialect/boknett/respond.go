package boknett

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// response answers GET /orders/{id}/response: the receiver's answers as an
// OrderResponse.
func (f *front) response(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.written(w, r, by, asResponse, editx.EncodeResponse)
}

// statusReport answers GET /orders/{id}/status-report: what has become of
// every line, as an OrderStatusReport.
func (f *front) statusReport(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.written(w, r, by, asStatusReport, editx.EncodeStatusReport)
}

// written answers with an order as one of its EDItX documents.
func (f *front) written(w http.ResponseWriter, r *http.Request, by order.Actor, representation string, encode func(io.Writer, *order.Order) error) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	if done, err := f.known(w, r, &o, representation); done || err != nil {
		return err
	}
	var body bytes.Buffer
	if err := encode(&body, &o); err != nil {
		return errStored(o.ID, err)
	}
	send(w, editx.MediaType, body.Bytes())
	return nil
}

// respond answers POST /orders/{id}/response: the receiver's answer to many
// lines in one OrderResponse, all of it or nothing.
func (f *front) respond(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	body, err := readDocument(w, r, "order response")
	if err != nil {
		return err
	}
	response, findings, err := editx.DecodeResponse(body, charsetOf(r))
	if err != nil {
		return err
	}
	noteFindings(r, findings)
	revision, err := f.ifMatch(r, by, id)
	if err != nil {
		return err
	}
	outcome, err := f.exchange.Respond(r.Context(), by, id, revision, response)
	if err != nil {
		return err
	}
	return f.responded(w, r, by, &outcome, findings)
}

// responded answers a response with the lines that are still without an
// answer, and with what was found in the document. Nothing is made of silence: a
// line that the document leaves out stays as it was.
func (f *front) responded(w http.ResponseWriter, r *http.Request, by order.Actor, outcome *order.Outcome, findings []editx.Finding) error {
	missing := append([]int{}, outcome.Missing...) // [] and not null
	f.setTag(w, r, by, &outcome.Order)
	if len(missing) > 0 {
		w.Header().Set("Missing-Lines", joinNumbers(missing))
	}
	return body.Send(w, http.StatusOK, "application/json", struct {
		Missing  []int         `json:"missing"`
		Findings []hal.Finding `json:"findings,omitempty"`
	}{missing, hal.NewFindings(editx.Stored(findings))})
}

func joinNumbers(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ", ")
}

// cancel answers POST /orders/{id}/cancellation: the sender withdraws what an
// OrderCancelation names, or with an empty body all that is still open. The
// answer has a body when something was found in the document.
func (f *front) cancel(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	cancellation, findings, err := readCancellation(w, r)
	if err != nil {
		return err
	}
	revision, err := f.ifMatch(r, by, id)
	if err != nil {
		return err
	}
	o, err := f.exchange.Cancel(r.Context(), by, id, revision, cancellation)
	if err != nil || len(findings) == 0 {
		return f.changed(w, r, by, &o, err)
	}
	f.setTag(w, r, by, &o)
	w.Header().Set("Cache-Control", "no-store")
	return body.Send(w, http.StatusOK, "application/json", struct {
		Findings []hal.Finding `json:"findings"`
	}{hal.NewFindings(editx.Stored(findings))})
}

// readCancellation takes nothing at all for the whole order; a body of blanks is
// a document that was lost.
func readCancellation(w http.ResponseWriter, r *http.Request) (order.Cancellation, []editx.Finding, error) {
	const what = "order cancellation"
	sent, err := body.Read(w, r, editx.MaxBytes)
	if err != nil || len(sent) == 0 {
		return order.Cancellation{}, nil, err
	}
	if err := checkDocument(w, sent, r.Header.Get("Content-Type"), what); err != nil {
		return order.Cancellation{}, nil, err
	}
	c, findings, err := editx.DecodeCancellation(sent, charsetOf(r))
	noteFindings(r, findings)
	return c, findings, err
}

// noteFindings writes into the record that a document had oddities.
func noteFindings(r *http.Request, findings []editx.Finding) {
	if len(findings) > 0 {
		reqlog.From(r.Context()).Note(fmt.Sprintf("%d findings in the document", len(findings)))
	}
}
