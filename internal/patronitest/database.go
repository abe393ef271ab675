package patronitest

import (
	"fmt"
	"strings"
	"time"
)

// servers is how an address names all three.
func (r *Trio) servers() string {
	var all []string
	for _, m := range r.members {
		all = append(all, local(m.port))
	}
	return strings.Join(all, ",")
}

// makeDatabase makes the role and the database, by the README's command, and
// waits until every standby has them. A standby that has not says so when asked
// and does not look for the leader.
func (r *Trio) makeDatabase() error {
	out, err := r.psql("postgres:secret-1", r.servers(), "postgres?target_session_attrs=read-write",
		"-c", "CREATE ROLE bookgate LOGIN PASSWORD 'secret-4'",
		"-c", "CREATE DATABASE bookgate OWNER bookgate ENCODING UTF8 LOCALE 'C.UTF-8' TEMPLATE template0")
	if err != nil {
		return fmt.Errorf("make the database: %w\n%s", err, out)
	}
	for _, m := range r.members {
		if err := r.awaitDatabase(m); err != nil {
			return err
		}
	}
	return nil
}

func (r *Trio) awaitDatabase(m *member) (err error) {
	for end := time.Now().Add(wholeLimit); time.Now().Before(end); time.Sleep(lookEvery) {
		if _, err = r.psql("bookgate:secret-4", local(m.port), "bookgate", "-c", "SELECT 1"); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s has no database after %s: %w", m.name, wholeLimit, err)
}

func (r *Trio) psql(user, servers, database string, args ...string) ([]byte, error) {
	return r.place.Command("psql", append([]string{"postgres://" + user + "@" + servers + "/" + database}, args...)...).CombinedOutput()
}

// URL is the address of the trio's database, whichever member leads.
func (r *Trio) URL() string {
	return "postgres://bookgate:secret-4@" + r.servers() + "/bookgate?target_session_attrs=read-write"
}
