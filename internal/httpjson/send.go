package httpjson

import (
	"net/http"
	"strconv"

	"github.com/bookgate/bookgate/internal/jsontext"
)

// Send answers with v as JSON, which no cache may store. It returns an error only
// before it has written anything.
func Send(w http.ResponseWriter, status int, mediaType string, v any) error {
	text, err := jsontext.Marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
	return nil
}
