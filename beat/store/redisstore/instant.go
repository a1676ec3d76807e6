package redisstore

import (
	"fmt"
	"strconv"
	"time"
)

// micros is how instants are stored: microseconds since 1970 in decimal, nothing for the zero time.
func micros(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// instant reads what micros wrote.
func instant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("stored instant: %w", err)
	}
	return time.UnixMicro(n).UTC(), nil
}

// instants reads several at once.
func instants(texts ...string) ([]time.Time, error) {
	out := make([]time.Time, len(texts))
	for i, text := range texts {
		t, err := instant(text)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}
