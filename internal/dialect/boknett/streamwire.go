package boknett

import "strconv"

// appendEvent appends an event of the stream. body is JSON on one line; id 0
// leaves the listener's place as it is.
func appendEvent(dst []byte, id int64, name string, body []byte) []byte {
	if id > 0 {
		dst = appendID(dst, id)
	}
	dst = append(append(dst, "event: "...), name...)
	dst = append(append(dst, "\ndata: "...), body...)
	return append(dst, "\n\n"...)
}

// appendPlace moves the listener's place on without an event: a block without
// data sets the last event id and nothing else.
func appendPlace(dst []byte, id int64) []byte { return append(appendID(dst, id), '\n') }

func appendID(dst []byte, id int64) []byte {
	return append(strconv.AppendInt(append(dst, "id: "...), id, 10), '\n')
}

// appendComment appends words that programs pass over.
func appendComment(dst []byte, words string) []byte {
	return append(append(append(dst, ": "...), words...), "\n\n"...)
}
