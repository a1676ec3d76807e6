//go:build !linux

package beat

import "time"

// uptime tells nothing here: the monotonic clock of Go counts on during suspend, or no better clock is known.
func uptime() time.Duration { return 0 }
