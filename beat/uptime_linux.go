package beat

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime counts on while the system is suspended, which the monotonic clock of Go does not on Linux.
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0 // older than Linux 2.6.39; the timer of the deadline is left
	}
	return time.Duration(t.Nano())
}
