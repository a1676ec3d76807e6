package transfer

import (
	"fmt"
	"time"
)

// span is a duration that documents state as text, such as "1m30s".
type span time.Duration

// MarshalText writes what UnmarshalText reads.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads a duration.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 90s or 1m30s", text)
	}
	*s = span(d)
	return nil
}
