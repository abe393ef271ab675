//go:build !linux

package postgrestest

import "os"

// memory is the folder for temporary files.
func memory() string { return os.TempDir() }
