//go:build unix

package systemd

import (
	"fmt"
	"os"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Ready reports that this process serves and is the service's main one, which it was
// not from the start where it took over from another.
func Ready() error { return notify(fmt.Sprintf("%s\nMAINPID=%d", daemon.SdNotifyReady, os.Getpid())) }

// Stopping reports that this process is about to end, and the service with it.
func Stopping() error { return notify(daemon.SdNotifyStopping) }

// Reloading reports that a new process is getting ready to take over; Ready comes
// next, from one of the two.
func Reloading() error {
	return notify(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
}

// notify sends a state where there is a manager to send it to.
func notify(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}
