package patronitest

import (
	"fmt"
	"time"
)

// Fallen is a member that was killed.
type Fallen struct {
	member *member
	At     time.Time
}

// KillLeader ends the leader as the end of its machine would. With halted more
// than 0, its standbys get nothing of what it writes in that time before.
func (r *Trio) KillLeader(halted time.Duration) (Fallen, error) {
	m, err := r.leader()
	if err != nil {
		return Fallen{}, err
	}
	if halted > 0 {
		if err := m.halt(); err != nil {
			return Fallen{}, err
		}
		time.Sleep(halted)
	}
	at := time.Now()
	return Fallen{m, at}, m.kill()
}

// AwaitLeader waits until another member leads.
func (r *Trio) AwaitLeader() (err error) {
	for end := time.Now().Add(wholeLimit); time.Now().Before(end); time.Sleep(lookEvery) {
		if _, err = r.leader(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("after %s: %w", wholeLimit, err)
}

// Revive starts a killed member again and waits until the trio is whole.
func (r *Trio) Revive(f Fallen) error {
	if err := f.member.startPatroni(); err != nil {
		return err
	}
	return r.AwaitWhole()
}

// Switchover hands the lead to another member, as planned work does.
func (r *Trio) Switchover() error {
	m, err := r.leader()
	if err != nil {
		return err
	}
	out, err := r.place.Command("patronictl", "-c", m.file(), "switchover", "bookgate", "--leader", m.name, "--force").CombinedOutput()
	if err != nil {
		return fmt.Errorf("switchover: %w\n%s", err, out)
	}
	return r.AwaitWhole()
}
