package schedule

const (
	secondsPerMinute = 60
	secondsPerHour   = 60 * secondsPerMinute
	secondsPerDay    = 24 * secondsPerHour
)

// dayClock is the part of a crontab that chooses times within a day. A time is a number of seconds since midnight
// on the wall clock. None of the sets is empty.
type dayClock struct {
	second, minute, hour bitset
}

// first returns the earliest time of a day.
func (c *dayClock) first() int {
	return c.hour.first()*secondsPerHour + c.minute.first()*secondsPerMinute + c.second.first()
}

// last returns the latest time of a day.
func (c *dayClock) last() int {
	return c.hour.last()*secondsPerHour + c.minute.last()*secondsPerMinute + c.second.last()
}

// next returns the first time at or after the given one; false when the day has none left.
func (c *dayClock) next(at int) (int, bool) {
	h, m, s := at/secondsPerHour, at/secondsPerMinute%60, at%secondsPerMinute
	if c.hour.has(h) {
		if c.minute.has(m) {
			if s, ok := c.second.from(s); ok {
				return h*secondsPerHour + m*secondsPerMinute + s, true
			}
		}
		if m, ok := c.minute.from(m + 1); ok {
			return h*secondsPerHour + m*secondsPerMinute + c.second.first(), true
		}
	}
	if h, ok := c.hour.from(h + 1); ok {
		return h*secondsPerHour + c.minute.first()*secondsPerMinute + c.second.first(), true
	}
	return 0, false
}

// previous returns the last time at or before the given one; false when the day has none so early.
func (c *dayClock) previous(at int) (int, bool) {
	h, m, s := at/secondsPerHour, at/secondsPerMinute%60, at%secondsPerMinute
	if c.hour.has(h) {
		if c.minute.has(m) {
			if s, ok := c.second.upTo(s); ok {
				return h*secondsPerHour + m*secondsPerMinute + s, true
			}
		}
		if m, ok := c.minute.upTo(m - 1); ok {
			return h*secondsPerHour + m*secondsPerMinute + c.second.last(), true
		}
	}
	if h, ok := c.hour.upTo(h - 1); ok {
		return h*secondsPerHour + c.minute.last()*secondsPerMinute + c.second.last(), true
	}
	return 0, false
}

// perDay counts the times of a day.
func (c *dayClock) perDay() int64 {
	return int64(c.hour.count() * c.minute.count() * c.second.count())
}

// before counts the times of a day that are earlier than the given one, which may be the end of the day.
func (c *dayClock) before(at int) int64 {
	h, m, s := at/secondsPerHour, at/secondsPerMinute%60, at%secondsPerMinute
	n := c.hour.below(h) * c.minute.count() * c.second.count()
	if c.hour.has(h) {
		n += c.minute.below(m) * c.second.count()
		if c.minute.has(m) {
			n += c.second.below(s)
		}
	}
	return int64(n)
}
