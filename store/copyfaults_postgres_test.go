//go:build all

package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestLostConnectionIsSaid kills the server of either side amidst a copy.
func TestLostConnectionIsSaid(t *testing.T) {
	server := postgrestest.Start(t)
	from, to, post := t.TempDir(), t.TempDir(), server.Database(t)
	want := prepared(t, from)
	kill := onceAtOrders(func() {
		if err := server.Kill(); err != nil {
			t.Error(err)
		}
	})
	restart := func() {
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Copy(t.Context(), from, post, CopyOptions{Progress: kill})
	wantRefusal(t, err, order.Unavailable, "store-busy", "writing table")
	restart()
	isEmpty(t, post)
	if _, err := Copy(t.Context(), from, post, CopyOptions{}); err != nil {
		t.Fatal("the second try:", err)
	}
	kill = onceAtOrders(func() {
		if err := server.Kill(); err != nil {
			t.Error(err)
		}
	})
	_, err = Copy(t.Context(), post, to, CopyOptions{Progress: kill})
	wantRefusal(t, err, order.Unavailable, "store-busy", "reading table")
	isEmpty(t, to)
	restart()
	holds(t, post, want)
}

// TestNoPasswordIsShown looks through all that a copy says of addresses.
func TestNoPasswordIsShown(t *testing.T) {
	from := t.TempDir()
	prepared(t, from)
	to := strings.Replace(postgrestest.Schema(t), "bookgate@", "bookgate:hemmelig@", 1)
	c, err := Copy(t.Context(), from, to, CopyOptions{})
	if err != nil || !strings.HasPrefix(c.To, "postgres://bookgate@127.0.0.1") || strings.Contains(fmt.Sprint(c), "hemmelig") {
		t.Errorf("%s, %v", c.To, err)
	}
}
