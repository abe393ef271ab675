package email

import "github.com/bookgate/bookgate/internal/actionmail"

// Desk writes letters and takes the answers. It is safe for use by many
// goroutines.
type Desk struct{ *actionmail.Service }

// New opens the desk.
func New(c actionmail.Config) *Desk {
	return &Desk{actionmail.New(c, languages(), texts(), templates())}
}
