package schedule

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestCosine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := float64(Uniform(t, "x", -1e9, 1e9)) / 1e4
		if got, want := cosine(x), math.Cos(x); math.Abs(got-want) > 5e-9 {
			t.Fatalf("cosine(%v) = %v, want %v", x, got, want)
		}
	})
}

// The cheaper places of the Sun must be as near to the exact one as the search takes for granted.
func TestCheapPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		noon := float64(Uniform(t, "noon", -11676096000, 13569465600)) // 1600 to 2400
		midnight := noon + secondsPerDay/2
		first, last := sunAt(noon), sunAt(midnight)
		course := newHalfDay(noon, midnight, &first, &last)
		unix := noon + float64(Uniform(t, "later", 0, secondsPerDay/2))
		exact, rough, between := sunAt(unix), roughSunAt(unix), course.at(unix)
		if off := apart(&exact, &rough); off > roughly/2 {
			t.Fatalf("roughly at %v: off by %v degrees", unix, off/degree)
		}
		if off := apart(&exact, &between); off > arcSecond/20 {
			t.Fatalf("between at %v: off by %v seconds of arc", unix, off/arcSecond)
		}
	})
}

// apart returns the larger of the distances in declination and hour angle.
func apart(a, b *sun) float64 {
	return max(math.Abs(a.declination-b.declination), math.Abs(math.Remainder(a.hourAngle(0)-b.hourAngle(0), 2*math.Pi)))
}
