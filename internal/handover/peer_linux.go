package handover

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// sameAccount refuses a process of another account, by what the kernel says of it.
func sameAccount(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var peer *syscall.Ucred
	errControl := raw.Control(func(fd uintptr) {
		peer, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	switch {
	case errControl != nil:
		return errControl
	case err != nil:
		return fmt.Errorf("who is at the other end of the hand-over: %w", err)
	case int(peer.Uid) != os.Geteuid():
		return fmt.Errorf("process %d of account %d is at the other end of the hand-over; only account %d may be", peer.Pid, peer.Uid, os.Geteuid())
	}
	return nil
}
