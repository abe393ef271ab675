package patronitest

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// Packages are what has to be installed for a trio, by their names in Debian.
const Packages = "postgresql-15 patroni python3-etcd etcd-server etcd-client haproxy"

// need skips a test where a program is missing.
func need(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the processes of a trio are found in /proc, which this system does not have")
	}
	var missing []string
	for _, program := range []string{"etcd", "patroni", "patronictl", "psql", "haproxy"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, program)
		}
	}
	if len(missing) > 0 {
		t.Skipf("a trio cannot be started here: %s not on PATH\n  Debian: apt-get install --no-install-recommends %s", strings.Join(missing, ", "), Packages)
	}
}
