//go:build unix

package handover

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// ErrUnserved says that no process answers at a socket file.
var ErrUnserved = errors.New("no process answers there")

// socketMode leaves the socket file to its owner.
const socketMode = 0o600

// pathLimit is the length of a path that every system's socket address holds.
const pathLimit = 100

// Socket is where the process that serves is asked by the one that is to follow.
type Socket struct {
	listener *net.UnixListener
	path     string
	made     os.FileInfo
}

// Listen makes the socket file, in the place of one that no process answers at.
func Listen(path string) (*Socket, error) {
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%s exists and is not a socket", path)
	case err == nil:
		if l, err := dial(path); err == nil {
			l.close()
			return nil, fmt.Errorf("another process answers at %s", path)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return bind(path)
}

// bind makes the socket under another name, takes the rights from all others, and
// then puts it in its place.
func bind(path string) (*Socket, error) {
	made := filepath.Join(filepath.Dir(path), "."+rand.Text()[:8])
	address, done, err := short(made)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	s := &Socket{listener: l, path: path}
	if err = os.Chmod(made, socketMode); err == nil {
		s.made, err = os.Lstat(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		os.Remove(made)
		l.Close()
		return nil, err
	}
	return s, nil
}

// short returns a name for a socket that fits into an address: that itself, or one
// over the descriptor of its folder where the system has such. done ends it.
func short(path string) (name string, done func(), err error) {
	if len(path) <= pathLimit {
		return path, func() {}, nil
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return "", nil, fmt.Errorf("%s has %d bytes, and the address of a socket can have %d", path, len(path), pathLimit)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { dir.Close() }, nil
}

// Accept waits for the next process that asks. One of another account is turned
// away, and so is one that does not say who it is; the error reports it, and Accept
// can be called again unless it is [net.ErrClosed].
func (s *Socket) Accept() (*Successor, error) {
	conn, err := s.listener.AcceptUnix()
	if err != nil {
		return nil, err
	}
	p := &Successor{line: line{conn: conn}}
	if err := sameAccount(conn); err != nil {
		p.close()
		return nil, err
	}
	m, err := p.hear(answerLimit)
	switch {
	case err != nil:
	case m.Hello == nil:
		err = errors.New("the process that connected did not say who it is")
	case m.Hello.Protocol != Protocol:
		err = fmt.Errorf("the new process speaks version %d of the hand-over, and this one version %d", m.Hello.Protocol, Protocol)
		p.Refuse(err.Error())
	}
	if err != nil {
		p.close()
		return nil, err
	}
	p.Hello = *m.Hello
	return p, nil
}

// Close ends the listening and leaves the file.
func (s *Socket) Close() { s.listener.Close() }

// Remove ends the listening and removes the file, if it is still this socket's.
func (s *Socket) Remove() {
	if info, err := os.Lstat(s.path); err == nil && os.SameFile(info, s.made) {
		os.Remove(s.path)
	}
	s.listener.Close()
}

// dial connects to a socket file.
func dial(path string) (*line, error) {
	address, done, err := short(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrUnserved
	}
	if err != nil {
		return nil, err
	}
	defer done()
	c, err := (&net.Dialer{Timeout: answerLimit}).Dial("unix", address)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrUnserved
	case err != nil:
		return nil, err
	}
	return &line{conn: c.(*net.UnixConn)}, nil
}

// Successor is a new process that asks.
type Successor struct {
	line
	Hello Hello
}

// Refuse informs the process why there is no hand-over, and ends the connection.
func (p *Successor) Refuse(reason string) {
	p.say(message{Error: reason})
	p.close()
}

// Send sends the offer with the files that it names, which stay open here, and
// waits until the process serves. An error says that it does not, and why; the
// connection is closed then.
func (p *Successor) Send(o Offer, files []syscall.RawConn) error {
	o.Protocol = Protocol
	err := p.say(message{Offer: &o}, files...)
	if err == nil {
		var m message
		if m, err = p.hear(readyLimit); err == nil && !m.Ready {
			err = errors.New("the new process did not say that it serves")
		}
	}
	if err != nil {
		p.close()
	}
	return err
}

// Draining informs the process that this one drains, and returns a channel that is
// closed when that process has ended.
func (p *Successor) Draining() (gone <-chan struct{}) {
	p.say(message{Draining: true}) // it serves, whether it hears that or not
	return p.ended()
}

// Close ends the connection.
func (p *Successor) Close() { p.close() }

// Predecessor is the process that serves.
type Predecessor struct {
	*line
	Offer Offer
}

// Ask asks the process at a socket file for its offer and files. The error is
// [ErrUnserved] where no process answers, and a [RefusedError] where it refuses.
func Ask(path string, h Hello) (*Predecessor, error) {
	l, err := dial(path)
	if err != nil {
		return nil, err
	}
	p := &Predecessor{line: l}
	h.Protocol = Protocol
	if err := p.ask(h); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *Predecessor) ask(h Hello) error {
	if err := sameAccount(p.conn); err != nil {
		return err
	}
	if err := p.say(message{Hello: &h}); err != nil {
		return err
	}
	m, err := p.hear(askLimit)
	switch {
	case err != nil:
		return err
	case m.Offer == nil:
		return errors.New("the process that serves offered nothing")
	case m.Offer.Protocol != Protocol:
		return fmt.Errorf("the process that serves speaks version %d of the hand-over, and this one version %d", m.Offer.Protocol, Protocol)
	case len(m.Offer.Names) != len(p.files):
		return fmt.Errorf("the process that serves named %d files and sent %d", len(m.Offer.Names), len(p.files))
	}
	p.Offer = *m.Offer
	return nil
}

// askLimit is how long an offer may take: another new process may be asking, which
// gets the time to become ready first.
const askLimit = readyLimit + answerLimit

// Take returns the files that the offer names so, which are the caller's to close.
// The others are closed with the connection.
func (p *Predecessor) Take(name string) (files []*os.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, n := range p.Offer.Names {
		if n == name && i < len(p.files) && p.files[i] != nil {
			files = append(files, p.files[i])
			p.files[i] = nil
		}
	}
	return files
}

// Refuse informs the process that serves why this one goes no further, and ends the
// connection.
func (p *Predecessor) Refuse(reason string) {
	p.say(message{Error: reason})
	p.close()
}

// Ready informs the process that this one serves, and waits until it drains. An error
// says that it did not answer; as it may have ended, this one serves all the same.
// Files that were not taken are closed: a socket on which no process accepts would
// keep its clients waiting.
func (p *Predecessor) Ready() error {
	p.closeFiles()
	if err := p.say(message{Ready: true}); err != nil {
		return err
	}
	_, err := p.hear(answerLimit)
	return err
}

// Gone returns a channel that is closed when the process has ended. It is called
// after Ready.
func (p *Predecessor) Gone() <-chan struct{} { return p.ended() }

// Close ends the connection: for the process that served, this one has ended. It may
// be called while Ready waits.
func (p *Predecessor) Close() { p.close() }
