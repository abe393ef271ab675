//go:build !plant

package plant

import "time"

// Clock returns nil for both without the build tag: the clock is the machine's.
func Clock() (now func() time.Time, steady func() time.Duration) { return nil, nil }
