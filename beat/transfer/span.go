package transfer

import "time"

// problemSpan is what is wrong with a text that is no span.
const problemSpan = "is not a duration such as 90s or 1m30s"

// span is a duration as documents state it, such as "1m30s"; empty: none.
type span string

func spanOf(d time.Duration) span {
	if d == 0 {
		return ""
	}
	return span(d.String())
}

// duration is what the text says; 0 when it says nothing.
func (s span) duration() time.Duration {
	d, _ := s.parse() // what is wrong with it, check has said
	return d
}

func (s span) parse() (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	return time.ParseDuration(string(s))
}
