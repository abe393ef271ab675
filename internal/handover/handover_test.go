//go:build unix

package handover

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// offered starts a socket at which one process asks, and does with it what old says.
func offered(t *testing.T, path string, old func(*Successor)) (done <-chan struct{}) {
	t.Helper()
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Remove)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p, err := s.Accept()
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		old(p)
	}()
	return ended
}

func socketPath(t *testing.T) string { return filepath.Join(t.TempDir(), "handover.sock") }

// TestHandOver passes a listener, by which the new process serves, and what each side
// hears of the other.
func TestHandOver(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Raw(l)
	if err != nil {
		t.Fatal(err)
	}
	drained, gone := make(chan struct{}), make(chan struct{})
	ended := offered(t, path, func(p *Successor) {
		if p.Hello.Version != "2" || p.Hello.Process != 17 {
			t.Errorf("hello %+v", p.Hello)
		}
		if err := p.Send(Offer{Version: "1", Schema: 5, Names: []string{"api"}}, []syscall.RawConn{raw}); err != nil {
			t.Errorf("send: %v", err)
		}
		l.Close() // the other process has it
		lost := p.Draining()
		<-drained
		p.Close()
		<-lost
	})
	p, err := Ask(path, Hello{Version: "2", Process: 17})
	if err != nil {
		t.Fatal(err)
	}
	if p.Offer.Version != "1" || p.Offer.Schema != 5 {
		t.Errorf("offer %+v", p.Offer)
	}
	files := p.Take("api")
	if len(files) != 1 || len(p.Take("api")) != 0 || len(p.Take("lock")) != 0 {
		t.Fatalf("took %d files", len(files))
	}
	mine, err := net.FileListener(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	files[0].Close()
	if err := p.Ready(); err != nil {
		t.Fatalf("ready: %v", err)
	}
	go func() { <-p.Gone(); close(gone) }()
	select {
	case <-gone:
		t.Error("gone before it was")
	case <-time.After(50 * time.Millisecond):
	}
	close(drained)
	<-gone
	<-ended
	go func() {
		if c, err := net.Dial("tcp", mine.Addr().String()); err == nil {
			io.WriteString(c, "hello")
			c.Close()
		}
	}()
	c, err := mine.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, _ := io.ReadAll(c); string(got) != "hello" {
		t.Errorf("read %q", got)
	}
}

// TestEnds: whatever the other side does instead of going on is an error, and at once.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		new  func(*Predecessor)
		want string
	}{
		"ends":          {func(p *Predecessor) { p.Close() }, ErrEnded.Error()},
		"refuses":       {func(p *Predecessor) { p.Refuse("the schema") }, "the schema"},
		"says nonsense": {func(p *Predecessor) { io.WriteString(p.conn, "ready\n") }, "cannot be read"},
		"says less":     {func(p *Predecessor) { io.WriteString(p.conn, "{}\n") }, "did not say that it serves"},
		"says much":     {func(p *Predecessor) { io.WriteString(p.conn, strings.Repeat("x", messageLimit+5000)) }, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			path := socketPath(t)
			ended := offered(t, path, func(p *Successor) {
				if err := p.Send(Offer{}, nil); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("send: %v, wanted %q", err, c.want)
				}
			})
			p, err := Ask(path, Hello{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			c.new(p)
			<-ended
		})
	}
	for name, c := range map[string]struct {
		old  func(*Successor)
		want string
	}{
		"ends":            {func(p *Successor) { p.Close() }, ErrEnded.Error()},
		"refuses":         {func(p *Successor) { p.Refuse("it is being stopped") }, "it is being stopped"},
		"offers nothing":  {func(p *Successor) { p.say(message{Ready: true}) }, "offered nothing"},
		"another version": {func(p *Successor) { p.say(message{Offer: &Offer{Protocol: 2}}) }, "version 2"},
		"files without":   {func(p *Successor) { p.say(message{Offer: &Offer{Protocol: 1, Names: []string{"api"}}}) }, "named 1 files and sent 0"},
	} {
		t.Run("the one that serves "+name, func(t *testing.T) {
			path := socketPath(t)
			ended := offered(t, path, c.old)
			if _, err := Ask(path, Hello{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ask: %v, wanted %q", err, c.want)
			}
			<-ended
		})
	}
}

// TestVersions: a process that speaks another version is refused with the reason.
func TestVersions(t *testing.T) {
	path := socketPath(t)
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	l, err := dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if err := l.say(message{Hello: &Hello{Protocol: 9}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("accept: %v", err)
	}
	if _, err := l.hear(answerLimit); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("the new process heard %v", err)
	}
}

// TestSocketFile: who may reach it, what it takes the place of, and when it goes.
func TestSocketFile(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{socketPath(t), filepath.Join(long, "handover.sock")} {
		if _, err := Ask(path, Hello{}); !errors.Is(err, ErrUnserved) {
			t.Errorf("where there is no file: %v", err)
		}
		first, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
			t.Errorf("made with %v, %v", info.Mode(), err)
		}
		if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(names) > 0 {
			t.Errorf("left behind: %v", names)
		}
		if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "answers at") {
			t.Errorf("a second one: %v", err)
		}
		first.Close() // as the end of a process that was killed
		if _, err := Ask(path, Hello{}); !errors.Is(err, ErrUnserved) {
			t.Errorf("where no process is: %v", err)
		}
		second, err := Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		first.Remove()
		if _, err := os.Stat(path); err != nil {
			t.Errorf("removed by another: %v", err)
		}
		second.Remove()
		if _, err := os.Lstat(path); err == nil {
			t.Error("not removed")
		}
	}
	file := filepath.Join(t.TempDir(), "orders.txt")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil || !strings.Contains(err.Error(), "is not a socket") {
		t.Errorf("in the place of a file: %v", err)
	}
	if _, err := Listen(filepath.Join(t.TempDir(), "missing", "s")); err == nil {
		t.Error("in a folder that is not there")
	}
}

// TestCopy: closing a copy leaves the socket.
func TestCopy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := Copy(l)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr().String() != l.Addr().String() {
		t.Errorf("a copy on %s", c.Addr())
	}
	c.Close()
	go func() {
		if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
			c.Close()
		}
	}()
	if c, err := l.Accept(); err != nil {
		t.Errorf("the socket is closed: %v", err)
	} else {
		c.Close()
	}
}
