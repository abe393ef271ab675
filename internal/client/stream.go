package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Event is a block of the live stream.
type Event struct {
	ID     int64  // the change number to resume behind, when Placed
	Placed bool   // whether the block has an id
	Type   string // "" when the block tells of nothing and moves the place on only
	Data   []byte // the body that a webhook has
}

// maxEventLine bounds a line of the stream; a body has under 1 KiB.
const maxEventLine = 1 << 20

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

// next gives the next block that has an id or data. At the end of the stream
// the error is io.EOF: a block that was cut off counts for nothing.
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
		if e.Placed || e.Data != nil {
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
func (e *Event) field(line string) (err error) {
	name, text, _ := strings.Cut(line, ":")
	text = strings.TrimPrefix(text, " ")
	switch name {
	case "id":
		if e.ID, err = strconv.ParseInt(text, 10, 64); err != nil || e.ID < 0 {
			return errStream
		}
		e.Placed = true
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
