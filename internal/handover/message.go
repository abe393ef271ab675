//go:build unix

package handover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
)

// Protocol is the version of what the two processes say. One that speaks another
// is refused.
const Protocol = 1

// Limits of what the other side may do.
const (
	messageLimit = 16 << 10         // bytes of a message: addresses and a reason
	filesLimit   = 64               // files with an offer
	answerLimit  = 10 * time.Second // for what the other side has at hand
	readyLimit   = 2 * time.Minute  // for a new process to open the store: a long log is read first
)

// message is what either side says. Each field stands alone but Offer and Hello.
type message struct {
	Hello    *Hello `json:"hello,omitempty"`    // of the new process
	Offer    *Offer `json:"offer,omitempty"`    // of the old one, with the files
	Ready    bool   `json:"ready,omitempty"`    // the new one serves
	Draining bool   `json:"draining,omitempty"` // the old one has heard that
	Error    string `json:"error,omitempty"`    // why a side goes no further
}

// Hello says who asks.
type Hello struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	Process  int    `json:"process"`
}

// Offer says what the process that serves has, and names its files.
type Offer struct {
	Protocol int      `json:"protocol"`
	Version  string   `json:"version"`
	Process  int      `json:"process"`
	Schema   int      `json:"schema"` // of the store
	Store    string   `json:"store"`  // names the store's content, so that two of the same name are not confused
	Listen   string   `json:"listen"` // the settings that led to the sockets
	Metrics  string   `json:"metrics"`
	Names    []string `json:"names"` // of the files, in their order; a name may come twice
}

// line is a connection between the two processes.
type line struct {
	conn *net.UnixConn
	rest []byte // read and not yet a message

	mu    sync.Mutex // over files: a line may be closed while it is heard
	files []*os.File // that came with what was read
}

// say sends a message, and with it open files.
func (l *line) say(m message, files ...syscall.RawConn) error {
	text, err := jsontext.Marshal(m)
	if err != nil {
		return err
	}
	l.conn.SetWriteDeadline(time.Now().Add(answerLimit))
	return withDescriptors(files, nil, func(fds []int) error {
		var rights []byte
		if len(fds) > 0 {
			rights = syscall.UnixRights(fds...)
		}
		_, _, err := l.conn.WriteMsgUnix(append(text, '\n'), rights, nil)
		return ended(err)
	})
}

// withDescriptors runs do with the descriptors of open files, all of which are held
// open meanwhile. A descriptor that is taken out of an os.File for good would make
// the socket blocking, in both processes.
func withDescriptors(files []syscall.RawConn, fds []int, do func(fds []int) error) (err error) {
	if len(files) == 0 {
		return do(fds)
	}
	errControl := files[0].Control(func(fd uintptr) { err = withDescriptors(files[1:], append(fds, int(fd)), do) })
	return errors.Join(errControl, err)
}

// hear reads the next message within the limit. What the other side has to say
// against it becomes the error.
func (l *line) hear(limit time.Duration) (m message, err error) {
	l.conn.SetReadDeadline(time.Now().Add(limit))
	for {
		if text, rest, ok := bytes.Cut(l.rest, []byte("\n")); ok {
			l.rest = rest
			if err := json.Unmarshal(text, &m); err != nil {
				return m, fmt.Errorf("a message of the other process cannot be read: %w", err)
			}
			if m.Error != "" {
				return m, &RefusedError{m.Error}
			}
			return m, nil
		}
		if len(l.rest) > messageLimit {
			return m, fmt.Errorf("the other process sent a message of more than %d bytes", messageLimit)
		}
		if err := l.read(); err != nil {
			return m, err
		}
	}
}

// read reads what is there, with the files that come with it.
func (l *line) read() error {
	text, rights := make([]byte, 4096), make([]byte, syscall.CmsgSpace(4*filesLimit))
	n, more, _, _, err := l.conn.ReadMsgUnix(text, rights)
	if err != nil {
		return ended(err)
	}
	l.rest = append(l.rest, text[:n]...)
	controls, err := syscall.ParseSocketControlMessage(rights[:more])
	if err != nil {
		return err
	}
	for _, c := range controls {
		fds, err := syscall.ParseUnixRights(&c)
		if err != nil {
			continue // another kind of message
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			l.mu.Lock()
			l.files = append(l.files, os.NewFile(uintptr(fd), "handed over"))
			l.mu.Unlock()
		}
	}
	return nil
}

// ErrEnded reports that the other process has closed the connection, as its end does.
var ErrEnded = errors.New("the other process has ended")

// ended is ErrEnded for the errors of a connection whose other end is closed.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return ErrEnded
	}
	return err
}

// RefusedError is what the other process said against a hand-over.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// ended returns a channel that is closed when the other process has closed the
// connection. After it nothing can be heard.
func (l *line) ended() <-chan struct{} {
	gone := make(chan struct{})
	l.conn.SetReadDeadline(time.Time{})
	go func() {
		defer close(gone)
		for l.read() == nil {
			l.rest = nil
		}
	}()
	return gone
}

func (l *line) close() {
	l.closeFiles()
	l.conn.Close()
}

func (l *line) closeFiles() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.files {
		f.Close() // of one that was taken there is none left
	}
	l.files = nil
}

// Copy returns another listener on the same socket. Closing one of them leaves the
// other.
func Copy(l net.Listener) (net.Listener, error) {
	raw, err := Raw(l)
	if err != nil {
		return nil, err
	}
	fd := -1
	errControl := raw.Control(func(of uintptr) { fd, err = syscall.Dup(int(of)) })
	if err = errors.Join(errControl, err); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), "copy") // not l.File(), which makes the socket blocking for a moment
	defer f.Close()
	return net.FileListener(f)
}

// Raw returns what a listener is handed over by.
func Raw(l net.Listener) (syscall.RawConn, error) {
	c, ok := l.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("the listener on %s has no descriptor", l.Addr())
	}
	return c.SyscallConn()
}
