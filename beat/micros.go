package beat

import "time"

// micros is an instant as the loop keeps it, of a million entries several each: microseconds, which is as exact as the
// stores are, since the beginning of year 1, so that the zero value is the zero time.Time.
type micros int64

// microsTo1970 is that of the Unix epoch.
const microsTo1970 = 62_135_596_800_000_000

// microsOf cuts off what is finer than a microsecond.
func microsOf(t time.Time) micros { return micros(t.UnixMicro() + microsTo1970) }

// time returns the instant, UTC.
func (m micros) time() time.Time { return time.UnixMicro(int64(m) - microsTo1970).UTC() }
