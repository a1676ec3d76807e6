//go:build !faultclock

package cli

import "time"

// localClock returns the clock of the day; nil is that of the system.
func localClock() func() time.Time { return nil }
