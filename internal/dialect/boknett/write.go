package boknett

import (
	"net/http"
	"strconv"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/httpjson"
)

// send answers with a whole body in one Write.
func send(w http.ResponseWriter, mediaType string, body []byte) {
	sendStatus(w, http.StatusOK, mediaType, body)
}

func sendStatus(w http.ResponseWriter, status int, mediaType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// sendNothing answers with a status alone. Clients log bodies as they are, and
// some read until the connection ends unless a length of 0 is said.
func sendNothing(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// sendJSON answers with a document of clean HAL.
func sendJSON(w http.ResponseWriter, doc any) error {
	text, err := httpjson.Encode(doc)
	if err == nil {
		send(w, hal.MediaType, text)
	}
	return err
}

// private says that an answer is one party's own and must be asked for again.
func private(h http.Header) {
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
}
