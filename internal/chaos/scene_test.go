package chaos

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// quiet keeps the log to what went wrong, so that a failure shows it.
var quiet = []string{"--log-level", "warn"}

func newScene(t *testing.T, env ...string) harness.Scene {
	t.Helper()
	return newSceneIn(t, t.TempDir(), env...)
}

func newSceneIn(t *testing.T, dir string, env ...string) harness.Scene {
	t.Helper()
	scene, err := harness.NewScene(needProgram(t), dir, env...)
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

func start(t *testing.T, s harness.Scene, args ...string) *harness.Gateway {
	t.Helper()
	g, err := s.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func login(t *testing.T, g *harness.Gateway, c harness.Credentials) *harness.Client {
	t.Helper()
	client, err := g.Login(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// orderNumber writes into the number of an order how many lines it has, so
// that whoever finds the number can tell the bytes that were sent.
func orderNumber(prefix string, n, lines int) string {
	return fmt.Sprintf("%s-%d-%d", prefix, n, lines)
}

// bodyOf gives the bytes that were sent under a number of orderNumber.
func bodyOf(number string) []byte {
	lines, _ := strconv.Atoi(number[strings.LastIndexByte(number, '-')+1:])
	return harness.OrderXML(number, lines)
}

// idIn is the order that an acknowledgement names.
func idIn(res *http.Response) string { return path.Base(res.Header.Get("Location")) }

// bound is the honest reading of a zero: with n trials and no failure the true
// rate lies below 3/n, at 95 % confidence.
func bound(n int) string { return fmt.Sprintf("rate below %.2g at 95 %%", 3/float64(max(n, 1))) }
