//go:build faultclock

package cli

import (
	"os"
	"strings"
	"time"
)

// localClock returns a clock that is ahead of the system's by the duration in the file that BEAT_CLOCK_FILE names, as
// of each look at it: fault tests step it that way, since a Go program cannot be lied to from outside. The file may be
// missing or empty.
func localClock() func() time.Time {
	file := os.Getenv("BEAT_CLOCK_FILE")
	if file == "" {
		return nil
	}
	return func() time.Time {
		now := time.Now()
		text, err := os.ReadFile(file)
		if err != nil {
			return now
		}
		ahead, err := time.ParseDuration(strings.TrimSpace(string(text)))
		if err != nil {
			return now
		}
		return now.Round(0).Add(ahead)
	}
}
