package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Event is an event of the live stream.
type Event struct {
	ID   string // the place to resume behind; "" leaves the place as it is
	Type string
	Data []byte // the body that a webhook has
}

// maxEventLine bounds a line of the stream; a body has under 1 KiB.
const maxEventLine = 1 << 20

// maxEventID bounds the id of an event.
const maxEventID = 100

// safeID reports whether a text can be the id of an event: a change number, and
// before it the epoch. It goes into a header and a file.
func safeID(text string) bool {
	return text != "" && len(text) <= maxEventID && text[0] != '-' && text[len(text)-1] != '-' &&
		!strings.ContainsFunc(text, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-') })
}

// errStream marks what is no stream of events.
var errStream = errors.New("no stream of events")

// eventReader reads Server-Sent Events.
type eventReader struct {
	lines *bufio.Scanner
	alive func() // is called with every line
}

func newEventReader(r io.Reader, alive func()) *eventReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4<<10), maxEventLine)
	return &eventReader{lines: s, alive: alive}
}

// next returns the next event that has an id or data. At the end of the stream
// the error is io.EOF: an event that was cut off counts for nothing.
func (r *eventReader) next() (Event, error) {
	e := Event{}
	for r.lines.Scan() {
		r.alive()
		line := r.lines.Text()
		if line != "" {
			if err := e.field(line); err != nil {
				return Event{}, err
			}
			continue
		}
		if e.ID != "" || e.Data != nil {
			return e, nil
		}
		e = Event{}
	}
	if err := r.lines.Err(); err != nil {
		return Event{}, errors.Join(errCut, err)
	}
	return Event{}, io.EOF
}

// field takes in one line of a block. Names that are not known are passed over,
// and so are comments.
func (e *Event) field(line string) error {
	name, text, _ := strings.Cut(line, ":")
	text = strings.TrimPrefix(text, " ")
	switch name {
	case "id":
		if !safeID(text) {
			return errStream
		}
		e.ID = text
	case "event":
		e.Type = text
	case "data":
		if e.Data != nil {
			e.Data = append(e.Data, '\n')
		}
		e.Data = append(bytes.Clone(e.Data), text...)
	}
	return nil
}
