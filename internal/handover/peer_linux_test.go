package handover

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestOtherAccount: a process of another account gets nothing, even where the rights
// of the file let it in.
func TestOtherAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another account")
	}
	dir, err := os.MkdirTemp("", "handover-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	connect := func() (err error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // for good: the thread ends with its account
			if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); e != 0 {
				err = e
				return
			}
			var l *line
			if l, err = dial(path); err == nil {
				l.say(message{Hello: &Hello{Protocol: Protocol}})
				_, err = l.hear(answerLimit)
			}
		}()
		<-done
		return err
	}
	if err := connect(); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the file lets another account in: %v", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 1)
	go func() { _, err := s.Accept(); refused <- err }()
	if err := connect(); err == nil {
		t.Error("another account is answered")
	}
	if err := <-refused; err == nil || !strings.Contains(err.Error(), "account 65534") {
		t.Errorf("accept: %v", err)
	}
}
