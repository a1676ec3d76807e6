package scheduletest

import (
	"math"
	"time"
)

// altitude returns how many degrees the centre of the Sun is above the horizon, and hourAngle how many it is past the
// meridian, to about a hundredth of a degree: the low-precision formulae of the Astronomical Almanac, page C5.
func altitude(latitude, longitude float64, t time.Time) (altitude, hourAngle float64) {
	const degree = math.Pi / 180
	days := t.Sub(time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)).Seconds() / 86400
	anomaly := (357.528 + 0.9856003*days) * degree
	mean := 280.460 + 0.9856474*days
	ecliptic := (mean + 1.915*math.Sin(anomaly) + 0.020*math.Sin(2*anomaly)) * degree
	obliquity := (23.439 - 0.0000004*days) * degree
	declination := math.Asin(math.Sin(obliquity) * math.Sin(ecliptic))
	ascension := math.Atan2(math.Cos(obliquity)*math.Sin(ecliptic), math.Cos(ecliptic))
	sidereal := 280.46062 + 360.98564737*days
	hour := math.Remainder((sidereal+longitude)*degree-ascension, 2*math.Pi)
	sin := math.Sin(latitude*degree)*math.Sin(declination) + math.Cos(latitude*degree)*math.Cos(declination)*math.Cos(hour)
	return math.Asin(sin) / degree, hour / degree
}

// horizon returns the altitude of the centre of the Sun at an event.
func horizon(event string) float64 {
	switch event {
	case "dawn_astronomical", "dusk_astronomical":
		return -18
	case "dawn_nautical", "dusk_nautical":
		return -12
	case "dawn_civil", "dusk_civil":
		return -6
	}
	return -0.833
}
