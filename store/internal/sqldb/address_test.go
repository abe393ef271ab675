package sqldb

import "testing"

func TestAddressesAreDistinguishedFromFolders(t *testing.T) {
	for where, want := range map[string]bool{
		"postgres://h/x": true, "postgresql://h/x": true, "host=h dbname=x": true, " dbname = x": true, "service=books": true,
		"data": false, "/var/lib/bookgate": false, "./postgres": false, "a=b": false, "": false, "postgres:/x": false,
	} {
		if got := IsPostgres(where); got != want {
			t.Errorf("%q is an address: %v", where, got)
		}
	}
}

// TestPasswordComesFromTheEnvironment leaves it out of the address.
func TestPasswordComesFromTheEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "hemmelig")
	config, err := parseAddress("postgres://bookgate@db/bookgate")
	if err != nil || config.Password != "hemmelig" {
		t.Errorf("the password is not that of PGPASSWORD, %v", err)
	}
}
