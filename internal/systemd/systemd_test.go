//go:build unix

package systemd

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// child makes this test's program print what it was passed instead of testing.
const child = "SYSTEMD_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	s, err := Inherited()
	if err != nil {
		os.Stdout.WriteString("error: " + err.Error())
		return
	}
	for _, l := range s.API {
		os.Stdout.WriteString("api " + l.Addr().String() + "\n")
	}
	for _, l := range s.Metrics {
		os.Stdout.WriteString("metrics " + l.Addr().String() + "\n")
	}
	if os.Getenv("LISTEN_FDS") != "" {
		os.Stdout.WriteString("passed on\n")
	}
	s.Close()
}

// started runs this program with files, as a service manager does, and returns what
// it printed.
func started(t *testing.T, files []*os.File, env ...string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", `LISTEN_PID=${PID:-$$} exec "$0"`, os.Args[0])
	cmd.Env = append(append(os.Environ(), child+"=1"), env...)
	cmd.ExtraFiles = files
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func listen(t *testing.T) (*os.File, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, l.Addr().String()
}

func TestInherited(t *testing.T) {
	a, addrA := listen(t)
	b, addrB := listen(t)
	m, addrM := listen(t)
	for name, c := range map[string]struct {
		files []*os.File
		env   []string
		want  []string
	}{
		"none":                  {nil, nil, nil},
		"one without a name":    {[]*os.File{a}, []string{"LISTEN_FDS=1"}, []string{"api " + addrA}},
		"one of the unit":       {[]*os.File{a}, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=bookgate.socket"}, []string{"api " + addrA}},
		"several":               {[]*os.File{a, m, b}, []string{"LISTEN_FDS=3", "LISTEN_FDNAMES=api:metrics:api"}, []string{"api " + addrA, "api " + addrB, "metrics " + addrM}},
		"for another process":   {[]*os.File{a}, []string{"LISTEN_FDS=1", "PID=1"}, nil},
		"a number that is none": {[]*os.File{a}, []string{"LISTEN_FDS=many"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Split(strings.TrimSpace(started(t, c.files, c.env...)), "\n")
			if want := append([]string{}, c.want...); !slices.Equal(got, want) && !(len(want) == 0 && got[0] == "") {
				t.Errorf("got %q, wanted %q", got, want)
			}
		})
	}
}

// TestUnfitSockets are refused in words: package net would take a connection.
func TestUnfitSockets(t *testing.T) {
	file, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	connected, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer connected.Close()
	u, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	unix, err := u.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	for want, f := range map[string]*os.File{"it is not a socket": file, "Accept=no": connected, "of the kind unix": unix} {
		if got := started(t, []*os.File{f}, "LISTEN_FDS=1", "LISTEN_FDNAMES=api"); !strings.HasPrefix(got, `error: the socket "api" that systemd passed`) || !strings.Contains(got, want) {
			t.Errorf("got %q, wanted %q in it", got, want)
		}
	}
	if got := started(t, nil, "LISTEN_FDS=1", "LISTEN_FDNAMES=api"); !strings.HasPrefix(got, "error: ") {
		t.Errorf("a descriptor that is not there: %q", got)
	}
}

// TestNotify reads what the service manager would.
func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	if err := Ready(); err != nil { // without a manager
		t.Error(err)
	}
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	for want, send := range map[string]func() error{"READY=1\nMAINPID=": Ready, "STOPPING=1": Stopping, "RELOADING=1\nMONOTONIC_USEC=": Reloading} {
		if err := send(); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 200)
		if n, err := l.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), want) {
			t.Errorf("got %q, %v, wanted %q", b[:n], err, want)
		}
	}
}
