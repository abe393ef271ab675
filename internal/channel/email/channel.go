package email

import "github.com/bookgate/bookgate/internal/actionmail"

// Channel writes letters and takes the answers. It is safe for use by many
// goroutines.
type Channel struct{ *actionmail.Service }

// New opens the desk.
func New(c actionmail.Config) *Channel {
	return &Channel{actionmail.New(c, languages(), texts(), templates())}
}
