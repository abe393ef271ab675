package logsink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
)

// Bounds of a sink.
const (
	// defaultSize is how many bytes of lines wait at most: some twenty thousand,
	// half a minute of a busy server.
	defaultSize = 4 << 20

	// writeSize bounds what is written at once, so that a reader who is slow is
	// seen to read.
	writeSize = 64 << 10

	// retryEvery is the pause after a write that failed.
	retryEvery = 250 * time.Millisecond

	// slowWrite is how long a write may take before the file counts as one that
	// takes nothing. A sound disk or reader takes milliseconds.
	slowWrite = 2 * time.Second
)

// Gap is what is missing in a log, or was late.
type Gap struct {
	Lines   int64 // that were dropped; 0 when all were written in the end
	Bytes   int64
	Since   time.Time     // when the file began to take nothing
	Lasting time.Duration // until it took something again
	Cause   string        // such as "no space left on device"
}

// Sink is a log's file that never makes its writers wait. It is safe for use by
// many goroutines.
type Sink struct {
	out    io.Writer
	clean  func(line string) string
	report func(Gap) []byte
	size   int
	retry  time.Duration
	slow   time.Duration

	mu       sync.Mutex
	waiting  [][]byte  // whole lines
	bytes    int       // of waiting, and of what is being written
	dropping bool      // until half of the buffer is free: else lines and gaps would alternate
	gap      Gap       // since dropping began
	lost     int64     // lines in all
	begun    time.Time // of the write that is going on; zero for none
	trouble  time.Time // when the file began to take nothing; zero while it takes what comes
	cause    string
	ring     chan struct{}
	quit     chan struct{}
	done     chan struct{}
}

// New starts a sink over a file. clean makes a line harmless to a terminal, where
// characters beyond printable ASCII stand in it; report makes the line that reports
// a gap.
func New(out io.Writer, clean func(string) string, report func(Gap) []byte) *Sink {
	return start(out, clean, report, defaultSize, retryEvery, slowWrite)
}

func start(out io.Writer, clean func(string) string, report func(Gap) []byte, size int,
	retry, slow time.Duration) *Sink {
	s := &Sink{out: out, clean: clean, report: report, size: size, retry: retry, slow: slow,
		ring: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go s.loop()
	return s
}

// Write takes whole lines. It neither waits nor fails: a line for which there is
// no space is counted as lost.
func (s *Sink) Write(lines []byte) (int, error) {
	if plant.Enabled && plant.On(plant.WaitForLog) {
		return s.out.Write(lines)
	}
	line := s.cleaned(lines)
	s.mu.Lock()
	if !s.dropping && s.bytes+len(line) > s.size {
		s.dropping = true
		s.gap = Gap{Since: s.sinceWhen(), Cause: s.why()}
	}
	if s.dropping {
		s.gap.Lines++
		s.gap.Bytes += int64(len(line))
		s.lost++
	} else {
		s.add(line)
	}
	s.mu.Unlock()
	s.wake()
	return len(lines), nil
}

// cleaned returns a copy of lines that a terminal may show. Order numbers and the
// words of receivers stand in a log; nearly every line is plain.
func (s *Sink) cleaned(lines []byte) []byte {
	for _, b := range lines {
		if b != '\n' && b != '\t' && (b < ' ' || b > '~') {
			return []byte(s.clean(string(lines)))
		}
	}
	return bytes.Clone(lines)
}

func (s *Sink) add(line []byte) {
	s.waiting = append(s.waiting, line)
	s.bytes += len(line)
}

func (s *Sink) wake() {
	select {
	case s.ring <- struct{}{}:
	default:
	}
}

// sinceWhen is when the file began to take nothing, or now.
func (s *Sink) sinceWhen() time.Time {
	switch {
	case !s.trouble.IsZero():
		return s.trouble
	case !s.begun.IsZero():
		return s.begun
	}
	return time.Now()
}

// blocked reports whether a write has lasted for too long, with mu held.
func (s *Sink) blocked() bool { return !s.begun.IsZero() && time.Since(s.begun) > s.slow }

// why says what keeps the file from taking lines.
func (s *Sink) why() string {
	switch {
	case s.cause != "":
		return s.cause
	case s.blocked():
		return "its reader takes nothing"
	}
	return "more is logged than it takes"
}

// Lost is how many lines were dropped since the start.
func (s *Sink) Lost() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// Trouble says why the file takes nothing just now, or "".
func (s *Sink) Trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble.IsZero() && !s.blocked() && !s.dropping {
		return ""
	}
	text := fmt.Sprintf("the log takes no lines since %s: %s", s.sinceWhen().UTC().Format(time.RFC3339), s.why())
	if s.dropping {
		text += fmt.Sprintf("; lines lost: %d", s.gap.Lines)
	}
	return text
}

// Close writes what waits, for no longer than patience: a file that takes
// nothing must not keep the program from its end. What is written afterwards is
// lost.
func (s *Sink) Close(patience time.Duration) {
	close(s.quit)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.done:
	case <-late.C:
	}
}

func (s *Sink) loop() {
	defer close(s.done)
	chunk := make([]byte, 0, writeSize)
	for closing := false; ; {
		for chunk = s.next(chunk[:0]); len(chunk) > 0; chunk = s.next(chunk[:0]) {
			s.write(chunk)
			s.written(len(chunk))
		}
		if closing {
			return
		}
		select {
		case <-s.ring:
		case <-s.quit:
			closing = true
		}
	}
}

// next takes lines off the buffer and appends them to chunk. They take space until they
// are written.
func (s *Sink) next(chunk []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := 0
	for taken < len(s.waiting) && (taken == 0 || len(chunk)+len(s.waiting[taken]) <= writeSize) {
		chunk = append(chunk, s.waiting[taken]...)
		taken++
	}
	clear(s.waiting[:taken])
	s.waiting = s.waiting[taken:]
	return chunk
}

// written frees the space of what was written, and puts the report of a gap into
// the buffer when half of the buffer is free.
func (s *Sink) written(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= bytes
	if s.dropping && s.bytes <= s.size/2 {
		s.dropping = false
		s.gap.Lasting = time.Since(s.gap.Since)
		s.add(s.report(s.gap))
		s.gap = Gap{}
	}
}

// write writes all of a chunk, however often it has to try. The rest of a line
// of which a part was written is written first.
func (s *Sink) write(chunk []byte) {
	for {
		s.beginWrite()
		n, err := s.out.Write(chunk)
		chunk = chunk[max(n, 0):]
		if err == nil && len(chunk) > 0 {
			err = io.ErrShortWrite
		}
		s.endWrite(err)
		if err == nil {
			return
		}
		time.Sleep(s.retry)
	}
}

func (s *Sink) beginWrite() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = time.Now()
}

// endWrite notes how a write went. The end of a trouble without a lost line is
// reported as well: the lines that waited came late, and a crash would have lost
// them.
func (s *Sink) endWrite(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := s.begun
	s.begun = time.Time{}
	switch {
	case err != nil:
		if s.trouble.IsZero() {
			s.trouble = begun
		}
		s.cause = causeOf(err)
	case !s.trouble.IsZero() || time.Since(begun) > s.slow:
		if s.trouble.IsZero() {
			s.trouble, s.cause = begun, "its reader took nothing"
		}
		if !s.dropping {
			s.add(s.report(Gap{Since: s.trouble, Lasting: time.Since(s.trouble), Cause: s.cause}))
		} else {
			s.gap.Since, s.gap.Cause = s.trouble, s.cause
		}
		s.trouble, s.cause = time.Time{}, ""
	}
}

// causeOf is why a write failed, without the name of the file, which for
// standard error says nothing.
func causeOf(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}
