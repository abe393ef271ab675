package webhook

import (
	"bytes"
	"encoding/json"
)

// compactFits tries the body as a client has it that parsed the JSON and wrote
// it again: without blanks.
func compactFits(fits func(Secret, string, string, []byte) bool, key Secret, id, timestamp string, body []byte) bool {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil || bytes.Equal(compact.Bytes(), body) {
		return false
	}
	return fits(key, id, timestamp, compact.Bytes())
}
