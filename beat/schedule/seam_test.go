package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Zones as no decree ever made them: changes by up to a day, minutes apart. There is no right answer, but Next and
// Span must tell the same story, without an end or a step back.
func TestSeams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := &Zone{loc: time.UTC, starts: []int64{beginning}, offsets: []int64{0}, end: ending}
		for at := int64(0); len(z.starts) < 8; {
			at += Uniform(t, "length", 1, 1000) * 60
			z.starts = append(z.starts, at)
			z.offsets = append(z.offsets, Uniform(t, "offset", -720, 720)*60)
		}
		z.after = z.offsets[len(z.offsets)-1]
		set := func(lo, hi int) bitset {
			if rapid.Bool().Draw(t, "star") {
				return numbers(lo, hi)
			}
			return bitset(rapid.Uint64().Draw(t, "set"))&numbers(lo, hi) | 1<<uint(Uniform(t, "member", int64(lo), int64(hi)))
		}
		c := &Crontab{
			zone:  z,
			until: maxUnix,
			clock: dayClock{second: 1, minute: set(0, 59), hour: set(0, 23)},
			dates: calendar{day: set(1, 31), month: set(1, 12), weekday: set(0, 6)},
		}
		c.skips, c.repeat = rapid.Bool().Draw(t, "skips"), rapid.SampledFrom([]repetition{repeatFirst, repeatSecond, repeatBoth, repeatNone}).Draw(t, "repeat")
		from := Uniform(t, "from", -86400, 5*86400)
		to := from + Uniform(t, "span", 0, 5*86400)
		want := Span{}
		for at, ok := c.next(from + 1); ok && at <= to; at, ok = c.next(at + 1) {
			if at <= from {
				t.Fatalf("%+v: %d comes after %d", z, at, from)
			}
			want.Last = time.Unix(at, 0).UTC()
			if want.Count++; want.Count == 1 {
				want.First = want.Last
			}
		}
		if diff := cmp.Diff(want, c.Span(time.Unix(from, 0), time.Unix(to, 0))); diff != "" {
			t.Fatalf("%+v: Span(%d, %d) (-want +got):\n%s", z, from, to, diff)
		}
	})
}

// A date that never comes must be known beforehand, since the search would go to the year 9999.
func TestCalendarEmpty(t *testing.T) {
	t.Parallel()
	every := calendar{day: numbers(1, 31), month: numbers(1, 12), weekday: numbers(0, 6)}
	with := func(change func(*calendar)) calendar { c := every; change(&c); return c }
	for _, tt := range []struct {
		name string
		in   calendar
		want bool
	}{
		{"every day", every, false},
		{"29 February", with(func(c *calendar) { c.day, c.month = 1<<29, 1<<2 }), false},
		{"30 February", with(func(c *calendar) { c.day, c.month = 1<<30, 1<<2 }), true},
		{"31 of short months", with(func(c *calendar) { c.day, c.month = 1<<31, 1<<4|1<<6|1<<9|1<<11 }), true},
		{"31 of any month", with(func(c *calendar) { c.day = 1 << 31 }), false},
		{"30 February or a Monday", with(func(c *calendar) { c.day, c.month, c.weekday, c.either = 1<<30, 1<<2, 1<<1, true }), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.in.empty(); got != tt.want {
				t.Errorf("empty is %v, want %v", got, tt.want)
			}
			if _, ok := tt.in.next(dayNumber(2030, 1, 1)); ok == tt.want {
				t.Errorf("the search says %v", ok)
			}
		})
	}
}
