package schedule_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestNewSolarRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		event               string
		latitude, longitude float64
		field, problem      string
	}{
		{"noon", 0, 0, "event", `event: "noon" is not one of dawn_astronomical, dawn_nautical, dawn_civil, sunrise`},
		{"", 0, 0, "event", `event: "" is not one of`},
		{"sunset", 90.1, 0, "latitude", `latitude: "90.1" is not between -90 and 90`},
		{"sunset", math.NaN(), 0, "latitude", `latitude: "NaN" is not between -90 and 90`},
		{"sunset", 0, -180.5, "longitude", `longitude: "-180.5" is not between -180 and 180`},
		{"sunset", 0, math.Inf(1), "longitude", `longitude: "+Inf" is not between -180 and 180`},
	} {
		t.Run(tt.problem, func(t *testing.T) {
			t.Parallel()
			_, err := schedule.NewSolar(tt.event, tt.latitude, tt.longitude)
			if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != tt.field || !strings.HasPrefix(err.Error(), tt.problem) {
				t.Errorf("got %v, want %s", err, tt.problem)
			}
		})
	}
}

// At the poles the sun crosses the horizon twice a year, which is no event of a day; noon is one everywhere.
func TestSolarAtThePoles(t *testing.T) {
	t.Parallel()
	for _, latitude := range []float64{90, -90} {
		for _, event := range schedule.SolarEvents() {
			s, err := schedule.NewSolar(event, latitude, 0)
			if err != nil {
				t.Fatal(err)
			}
			next, ok := s.Next(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
			if ok != (event == "solar_noon") {
				t.Errorf("%v: got %v, %v", s, next, ok)
			}
		}
	}
}

// In Longyearbyen the sun does not rise from the end of October to the middle of February.
func TestSolarAfterThePolarNight(t *testing.T) {
	t.Parallel()
	s, err := schedule.NewSolar("sunrise", 78.2232, 15.6267)
	if err != nil {
		t.Fatal(err)
	}
	next, ok := s.Next(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if !ok || next.Year() != 2027 || next.Month() != time.February {
		t.Errorf("got %v, %v, want February 2027", next, ok)
	}
}

func solar(t testing.TB, event string, latitude, longitude float64) schedule.Solar {
	t.Helper()
	s, err := schedule.NewSolar(event, latitude, longitude)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func drawSolar(t *rapid.T) schedule.Solar {
	event := rapid.SampledFrom(schedule.SolarEvents()).Draw(t, "event")
	latitude := rapid.OneOf(
		rapid.Float64Range(-90, 90), rapid.Float64Range(60, 90), rapid.Float64Range(-90, -60),
	).Draw(t, "latitude")
	s, err := schedule.NewSolar(event, latitude, rapid.Float64Range(-180, 180).Draw(t, "longitude"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSolarLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkLaws(t, drawSolar(t), drawInstant(t, time.UTC), schedule.Uniform(t, "later", 1, int64(500*24*time.Hour)))
	})
}

// Events of one kind are about a day apart, so that none is found twice: least close to a pole, where dawn moves from noon
// to the midnight before within days. An event lies between the noon of its day and the midnight beside it, so that half a
// day is between any two, but for the seconds by which noon moves.
func TestSolarOnceADay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSolar(t)
		at, ok := s.Next(drawInstant(t, time.UTC))
		for range 30 {
			next, more := s.Next(at)
			if !ok || !more {
				return
			}
			if distance := next.Sub(at); distance < 12*time.Hour-time.Minute {
				t.Fatalf("%v: %v and %v are only %v apart", s, at, next, distance)
			}
			at = next
		}
	})
}

func FuzzSolar(f *testing.F) {
	f.Add(uint8(3), 52.5, 13.4, int64(1767225600))
	f.Add(uint8(1), -88.003313, 122.224272, int64(1618424758)) // PyEphem does not end
	f.Add(uint8(5), 89.999999, -180.0, int64(-62135596800))
	f.Fuzz(func(t *testing.T, event uint8, latitude, longitude float64, unix int64) {
		events := schedule.SolarEvents()
		s, err := schedule.NewSolar(events[int(event)%len(events)], latitude, longitude)
		if err != nil {
			return
		}
		after := time.Unix(unix%400000000000, 0)
		next, ok := s.Next(after)
		if !ok {
			return
		}
		if !next.After(after) {
			t.Fatalf("%v: Next(%v) = %v", s, after, next)
		}
		if same, ok := s.Next(next.Add(-1)); !ok || !same.Equal(next) {
			t.Fatalf("%v: Next(%v) = %v, but just before that it is %v", s, after, next, same)
		}
	})
}

// Places where the search takes longest: dawn far in summer, the sun about to rise over a pole.
func BenchmarkSolar(b *testing.B) {
	for _, bb := range []struct {
		event               string
		latitude, longitude float64
		after               string // empty: walk on from 2026
	}{
		{"sunrise", 52.5, 13.4, ""},
		{"dawn_astronomical", 52.5, 13.4, ""},
		{"solar_noon", 52.5, 13.4, ""},
		{"dusk_civil", 65, 13.4, ""},
		{"sunrise", 89.9, 13.4, ""},
		{"dusk_astronomical", -84.70801, -76.83677, "2032-06-13T20:28:41Z"},
		{"sunrise", -89.357, -97.1523, "2032-03-23T21:05:52Z"},
		{"dawn_civil", -89.81478, -39.88429, "2036-04-05T00:37:50Z"},
	} {
		b.Run(fmt.Sprint(bb.event, bb.latitude, bb.after), func(b *testing.B) {
			s := solar(b, bb.event, bb.latitude, bb.longitude)
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			if bb.after != "" {
				start = instant(b, bb.after)
			}
			at := start
			b.ReportAllocs()
			for b.Loop() {
				next, ok := s.Next(at)
				if at = next; bb.after != "" || !ok || at.Year() > 2050 {
					at = start
				}
			}
		})
	}
}
