//go:build unix

package systemd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

// MetricsName is the FileDescriptorName= of the socket for metrics. A socket of any
// other name is for the API: without a name systemd uses the unit's.
const MetricsName = "metrics"

// Sockets are what the service manager has opened for this process.
type Sockets struct {
	API     []net.Listener
	Metrics []net.Listener
}

// Inherited returns the sockets that the service manager has passed to this process;
// none is not an error. The processes that this one starts do not get them.
func Inherited() (s Sockets, err error) {
	for _, f := range activation.Files(true) {
		l, err := listener(f)
		if err != nil {
			s.Close()
			return Sockets{}, fmt.Errorf("the socket %q that systemd passed cannot be served: %w", f.Name(), err)
		}
		if f.Name() == MetricsName {
			s.Metrics = append(s.Metrics, l)
		} else {
			s.API = append(s.API, l)
		}
		f.Close()
	}
	return s, nil
}

// Close closes them all.
func (s Sockets) Close() {
	for _, l := range append(s.API, s.Metrics...) {
		l.Close()
	}
}

// listener makes a listener of a socket. package net would make one of a connection
// too, on which every Accept fails.
func listener(f *os.File) (net.Listener, error) {
	listens, err := syscall.GetsockoptInt(int(f.Fd()), syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	switch {
	case errors.Is(err, syscall.ENOTSOCK):
		return nil, errors.New("it is not a socket")
	case err != nil:
		return nil, err
	case listens == 0:
		return nil, errors.New("it does not listen; the socket unit needs ListenStream= and Accept=no")
	}
	l, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	if _, ok := l.(*net.TCPListener); !ok {
		l.Close()
		return nil, fmt.Errorf("it is of the kind %s; ListenStream= needs an address with a port", l.Addr().Network())
	}
	return l, nil
}
