package dialecttest

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// Log is a log that is read while others write it.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is what was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// WaitFor waits up to five seconds for words in the log, and reports whether they
// came: an entry is written after the answer.
func (l *Log) WaitFor(words string) bool {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.Contains(l.String(), words) {
			return true
		}
	}
	return false
}
