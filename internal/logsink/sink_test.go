package logsink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// file is a log's file that can be made to block, to fail, or to take a part.
type file struct {
	mu      sync.Mutex
	text    bytes.Buffer
	fail    error
	partial int
	blocked chan struct{} // a write waits until it is closed
}

func (f *file) Write(b []byte) (int, error) {
	f.mu.Lock()
	blocked := f.blocked
	f.mu.Unlock()
	if blocked != nil {
		<-blocked
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		n := min(f.partial, len(b))
		f.text.Write(b[:n])
		return n, f.fail
	}
	return f.text.Write(b)
}

func (f *file) set(change func(*file)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *file) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.text.String()
}

// say is the report of the tests.
func say(g Gap) []byte { return fmt.Appendf(nil, "gap: %d lines lost, %s\n", g.Lines, g.Cause) }

// plain is the clean of the tests that write plain lines.
func plain(line string) string { return line }

const (
	testRetry = 2 * time.Millisecond
	testSlow  = 50 * time.Millisecond
)

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

func TestLinesComeInOrder(t *testing.T) {
	f := &file{}
	s := start(f, plain, say, defaultSize, testRetry, time.Hour)
	var want strings.Builder
	for i := range 5000 {
		line := fmt.Sprintf("line %d %s\n", i, strings.Repeat("x", i%97))
		want.WriteString(line)
		if n, err := s.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	s.Close(time.Minute)
	if f.String() != want.String() {
		t.Errorf("%d bytes were written, want %d", len(f.String()), want.Len())
	}
	if s.Lost() != 0 || s.Trouble() != "" {
		t.Errorf("%d lost, %q", s.Lost(), s.Trouble())
	}
}

// TestReaderThatStopped: no caller that logs waits, what no longer fits is counted,
// and the log says so once at the place where lines are missing.
func TestReaderThatStopped(t *testing.T) {
	blocked := make(chan struct{})
	f := &file{blocked: blocked}
	s := start(f, plain, say, 1000, testRetry, testSlow)
	const lines, size = 500, 10
	begun := time.Now()
	for i := range lines {
		fmt.Fprintf(s, "line %04d\n", i)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("logging took %s", took)
	}
	lost := s.Lost()
	if lost != lines-1000/size {
		t.Errorf("%d lines are lost", lost)
	}
	eventually(t, "the trouble", func() bool { return strings.Contains(s.Trouble(), "its reader takes nothing; lines lost: ") })
	f.set(func(f *file) { f.blocked = nil })
	close(blocked)
	eventually(t, "the report", func() bool { return strings.Contains(f.String(), "gap: ") })
	fmt.Fprintln(s, "after")
	s.Close(time.Minute)
	got := f.String()
	want := fmt.Sprintf("gap: %d lines lost, its reader took nothing\n", lost)
	if strings.Count(got, "gap:") != 1 || !strings.Contains(got, want) {
		t.Errorf("the log has not once %q:\n%s", want, got)
	}
	if !strings.HasSuffix(got, "\nafter\n") || int64(strings.Count(got, "line "))+lost != lines {
		t.Errorf("lines are missing that were not counted: %d written, %d lost of %d", strings.Count(got, "line "), lost, lines)
	}
	if s.Trouble() != "" {
		t.Errorf("trouble without end: %s", s.Trouble())
	}
}

// TestFileThatFails: a full disk, for a while, loses nothing that fits the
// buffer, cuts no line, and is reported once.
func TestFileThatFails(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "/dev/stderr", Err: syscall.ENOSPC}
	for _, fail := range []error{full, syscall.EPIPE, io.ErrShortWrite} {
		f := &file{fail: fail, partial: 3}
		s := start(f, plain, say, defaultSize, testRetry, time.Hour)
		for i := range 100 {
			fmt.Fprintf(s, "line %04d\n", i)
		}
		eventually(t, "the trouble", func() bool { return strings.Contains(s.Trouble(), causeOf(fail)) })
		f.set(func(f *file) { f.fail = nil })
		eventually(t, "the report", func() bool { return strings.Contains(f.String(), "gap: 0 lines lost, "+causeOf(fail)) })
		s.Close(time.Minute)
		got := f.String()
		for i := range 100 {
			if !strings.Contains("\n"+got, fmt.Sprintf("\nline %04d\n", i)) {
				t.Errorf("line %d is cut or missing:\n%s", i, got)
			}
		}
		if strings.Count(got, "gap:") != 1 || s.Lost() != 0 {
			t.Errorf("%d lost:\n%s", s.Lost(), got)
		}
	}
}

// TestCloseDoesNotWaitForever: a program whose log takes nothing ends all the
// same.
func TestCloseDoesNotWaitForever(t *testing.T) {
	blocked := make(chan struct{})
	defer close(blocked)
	for _, f := range []*file{{blocked: blocked}, {fail: errors.New("no")}} {
		s := start(f, plain, say, 1000, testRetry, testSlow)
		fmt.Fprintln(s, "never written")
		begun := time.Now()
		s.Close(20 * time.Millisecond)
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the end took %s", took)
		}
	}
}

// TestLinesAreCleaned but for those that are plain, and in their order.
func TestLinesAreCleaned(t *testing.T) {
	f := &file{}
	s := start(f, func(line string) string { return strings.ReplaceAll(line, "\x1b", "ESC") }, say, defaultSize, testRetry, time.Hour)
	fmt.Fprint(s, "plain\n")
	fmt.Fprint(s, "a \x1b[2J\n")
	fmt.Fprint(s, "\u00e6 \x1b\n")
	s.Close(time.Minute)
	if want := "plain\na ESC[2J\n\u00e6 ESC\n"; f.String() != want {
		t.Errorf("%q, want %q", f.String(), want)
	}
}
