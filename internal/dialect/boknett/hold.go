package boknett

import (
	"context"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
)

// lastWrite is how long the sending of an answer may go on once its ticket has
// ended: what is ready leaves, and a client that does not read holds nothing up.
const lastWrite = 500 * time.Millisecond

// hold returns a context for an answer that takes long. It ends when the client
// leaves, and when the ticket or token of the request does (see auth.Ended).
func (f *front) hold(w http.ResponseWriter, r *http.Request) (context.Context, func(), error) {
	credential, err := f.streamCredential(r)
	if err != nil {
		return nil, nil, err
	}
	held, release := f.desk.Hold(r.Context(), credential)
	stop := context.AfterFunc(held, func() {
		if auth.Ended(held) != nil { // a writer without deadlines, as in a test, has none to set
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(lastWrite))
		}
	})
	return held, func() { stop(); release() }, nil
}
