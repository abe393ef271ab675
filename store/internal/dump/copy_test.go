package dump

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store/internal/sqldb"
)

// TestUnansweredCommitIsSaid breaks the connection at the commit.
func TestUnansweredCommitIsSaid(t *testing.T) {
	k := copier{to: sqldb.Inspection{Engine: sqldb.NewSQLite("x")}}
	for _, c := range []struct {
		err         error
		kind        order.Kind
		code, words string
	}{
		{errors.New("disk"), order.Internal, "store-failed", "Nothing of it was committed"},
		{io.EOF, order.Unavailable, "copy-unsure", "not known"},
	} {
		err := k.fault(&sqldb.CommitError{Err: c.err})
		if order.KindOf(err) != c.kind || order.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%v gave %v", c.err, err)
		}
	}
}
