package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// alter changes a store past its rules.
func alter(t *testing.T, where, query string, args ...any) {
	t.Helper()
	db := openIn(t, where, Options{})
	defer db.Close()
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDocumentIsNotCopied(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		prepared(t, from)
		for _, damage := range []string{"size = size + 1", "size = -1", "size = 9223372036854775807", "body = sha256", "sha256 = body"} {
			alter(t, from, "UPDATE documents SET "+damage+" WHERE order_n = 3")
		}
		db := openIn(t, from, Options{})
		id := words(t, db, "SELECT id FROM orders WHERE n = 3")[0]
		want := contentsOf(t, db)
		closeNow(t, db)
		to := t.TempDir()
		for _, dry := range []bool{true, false} {
			_, err := Copy(t.Context(), from, to, CopyOptions{DryRun: dry})
			wantRefusal(t, err, order.Internal, "copy-damaged", "document of 1 orders is damaged")
			wantRefusal(t, err, order.Internal, "copy-damaged", id)
		}
		isEmpty(t, to)
		if c, err := Copy(t.Context(), from, to, CopyOptions{Damaged: true}); err != nil || !c.Written {
			t.Fatal(err)
		}
		holds(t, to, want)
		if _, err := openIn(t, to, Options{}).Document(t.Context(), buyer, order.ID(id)); order.CodeOf(err) != "document-damaged" {
			t.Errorf("the damaged document gave %v", err)
		}
	})
}

// TestEachDamageIsFound damages one document after the other in its own way.
func TestEachDamageIsFound(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		prepared(t, from)
		for i, damage := range []string{"size = size + 1", "size = -1", "size = 9223372036854775807", "body = sha256", "sha256 = body"} {
			alter(t, from, "UPDATE documents SET "+damage+" WHERE order_n = $1", i+1)
			_, err := Copy(t.Context(), from, t.TempDir(), CopyOptions{DryRun: true})
			wantRefusal(t, err, order.Internal, "copy-damaged", fmt.Sprintf("of %d orders", i+1))
		}
		alter(t, from, "UPDATE documents SET dropped = 1, body = sha256")
		if _, err := Copy(t.Context(), from, t.TempDir(), CopyOptions{DryRun: true}); err != nil {
			t.Errorf("documents that are no longer retained: %v", err)
		}
	})
}

// TestManyDamagedDocumentsAreCounted names some of them only.
func TestManyDamagedDocumentsAreCounted(t *testing.T) {
	from := t.TempDir()
	db := openIn(t, from, Options{})
	for i := range 12 {
		addOrder(t, db, fmt.Sprint(i))
	}
	closeNow(t, db)
	alter(t, from, "UPDATE documents SET size = size + 1")
	_, err := Copy(t.Context(), from, t.TempDir(), CopyOptions{DryRun: true})
	wantRefusal(t, err, order.Internal, "copy-damaged", "and 2 more")
}

// onceAtOrders runs do when a copy first writes the table orders.
func onceAtOrders(do func()) func(doing, table string, done, of int64) {
	var ran atomic.Bool
	return func(doing, table string, _, _ int64) {
		if doing == Copying && table == "orders" && ran.CompareAndSwap(false, true) {
			do()
		}
	}
}

func TestSourceWrittenMeanwhileIsNoticed(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		prepared(t, from)
		to := t.TempDir()
		_, err := Copy(t.Context(), from, to, CopyOptions{Progress: onceAtOrders(func() {
			alter(t, from, "UPDATE users SET password = 'x'")
			alter(t, from, "UPDATE orders SET reason = 'x' WHERE n = 1")
		})})
		wantRefusal(t, err, order.Conflict, "copy-changed", "Table orders")
		isEmpty(t, to)
	})
}

// TestCopyThatDiffersIsNotRetained copies into a database in which something
// changes what is written.
func TestCopyThatDiffersIsNotRetained(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	prepared(t, from)
	alter(t, to, `CREATE TRIGGER meddle AFTER INSERT ON lines BEGIN UPDATE lines SET quantity = 7 WHERE order_n = NEW.order_n AND place = NEW.place; END`)
	c, err := Copy(t.Context(), from, to, CopyOptions{})
	wantRefusal(t, err, order.Internal, "copy-differs", "Table lines")
	if c.Written || len(c.Tables) != len(dump.Tables()) {
		t.Errorf("%+v", c)
	}
	for _, table := range c.Tables {
		if table.Same() == (table.Name == "lines") {
			t.Errorf("%s is said to be the same: %v", table.Name, table.Same())
		}
	}
	isEmpty(t, to)
}

// TestFullDiskIsSaid lets the file of the target grow no further.
func TestFullDiskIsSaid(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	source := openIn(t, from, Options{})
	for i := range 50 { // more than fits into the pages of empty tables
		addOrder(t, source, fmt.Sprint(i))
	}
	closeNow(t, source)
	full := func(ctx context.Context, where string, o CopyOptions) (*sqldb.Engine, func(), error) {
		e, release, err := openTarget(ctx, where, o)
		if err != nil {
			return nil, nil, err
		}
		check := e.CheckSettings
		e.CheckSettings = func(ctx context.Context, c *sqldb.Conn, p sqldb.Purpose) error {
			var pages int
			_, err := c.Get(ctx, "PRAGMA max_page_count = 1", nil, &pages) // none beyond those there are
			return errors.Join(err, check(ctx, c, p))
		}
		return e, release, nil
	}
	_, err := dump.Copy(t.Context(), from, to, CopyOptions{}, storeContent(), full)
	wantRefusal(t, err, order.Unavailable, "store-full", "no space left")
	wantRefusal(t, err, order.Unavailable, "store-full", "writing table")
	wantRefusal(t, err, order.Unavailable, "store-full", filepath.Join(to, sqldb.FileName))
	isEmpty(t, to)
}

// TestCancelledCopyLeavesNothing ends the caller's context amidst a copy.
func TestCancelledCopyLeavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		prepared(t, from)
		onEach(t, func(t *testing.T, to string) {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := Copy(ctx, from, to, CopyOptions{Progress: onceAtOrders(cancel)})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the copy ended with %v", err)
			}
			isEmpty(t, to)
		})
	})
}

// childCopy is set for a process that copies and is killed.
const childCopy = "BOOKGATE_STORE_TEST_COPY"

// copyAndDie kills its own process when most of a copy is written.
func copyAndDie(from, to string) {
	_, err := Copy(context.Background(), from, to, CopyOptions{Progress: func(doing, table string, _, _ int64) {
		if doing == Comparing && table == "feed" {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}})
	fmt.Println("the copy ended with", err)
	os.Exit(1)
}

func TestKilledCopyLeavesNothing(t *testing.T) {
	from := t.TempDir()
	want := prepared(t, from)
	onEach(t, func(t *testing.T, to string) {
		cmd := exec.Command(os.Args[0], to)
		cmd.Env = append(os.Environ(), childCopy+"="+from)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("the child was not killed: %v\n%s", err, out)
		}
		isEmpty(t, to)
		if _, err := Copy(t.Context(), from, to, CopyOptions{}); err != nil {
			t.Fatal("the second try:", err)
		}
		holds(t, to, want)
	})
}
