package logsink

import (
	"errors"
	"io/fs"
)

// causeOf is why a write failed, without the name of the file, which for
// standard error says nothing.
func causeOf(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}
