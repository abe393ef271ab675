package boknett

import (
	"fmt"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/jsontext"
)

// The bytes of a stream, as "Server-sent events" of the HTML standard (9.2.6)
// has them. No block goes out without data: clients exist that hand an empty
// one on as an event, and their users parse its data as JSON.

// appendEvent appends an event of the stream. body is JSON on one line; without
// an id the listener's place stays as it is.
func appendEvent(dst []byte, id *place, name string, body []byte) []byte {
	if id != nil {
		dst = append(appendEventID(append(dst, "id: "...), *id), '\n')
	}
	dst = append(append(dst, "event: "...), name...)
	dst = append(append(dst, "\ndata: "...), body...)
	return append(dst, "\n\n"...)
}

// placeEvent names the event that only moves the listener's place on.
const placeEvent = "place"

// placeBody is the body of a place. It has the shape of the other bodies, so
// that a program that reads their members meets none that is missing above.
type placeBody struct {
	Type      string    `json:"type"`
	Timestamp hal.Time  `json:"timestamp"`
	Data      placeData `json:"data"`
}

type placeData struct {
	Change int64  `json:"change"`
	Epoch  string `json:"epoch"`
}

// appendPlace appends a place as an event.
func appendPlace(dst []byte, at place, now time.Time) ([]byte, error) {
	body, err := jsontext.Marshal(placeBody{placeEvent, hal.NewTime(now), placeData{at.change, at.epoch}})
	if err != nil {
		return dst, fmt.Errorf("write a place: %w", err)
	}
	return appendEvent(dst, &at, placeEvent, body), nil
}

// appendRetry asks the listener to wait before it connects again. The field
// counts as soon as it is read, so it needs no block.
func appendRetry(dst []byte, wait time.Duration) []byte {
	return append(strconv.AppendInt(append(dst, "retry: "...), wait.Milliseconds(), 10), '\n')
}

// appendComment appends words that programs pass over: a line, and no block.
func appendComment(dst []byte, words string) []byte {
	return append(append(append(dst, ": "...), words...), '\n')
}
