//go:build all && soak

package installer

import "testing"

// TestSoakPhones is the long form of TestPhonesAsLibphonenumberJS.
func TestSoakPhones(t *testing.T) { phonesAsLibphonenumberJS(t, 3000) }
