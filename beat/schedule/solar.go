package schedule

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Solar is due at an event of the sun at a place, on each day that has the event. It is immutable and safe for
// concurrent use.
type Solar struct {
	event               string
	latitude, longitude float64 // radians
	altitude            float64 // of the centre of the sun or of its upper limb, radians; not used for noon
	limb                bool    // the altitude is that of the upper limb
	side                float64 // -1 before noon, 1 after noon, 0 noon
	text                string
}

// SolarEvents returns the names of the events in the order of a day.
func SolarEvents() []string {
	return []string{
		"dawn_astronomical", "dawn_nautical", "dawn_civil", "sunrise", "solar_noon", "sunset", "dusk_civil",
		"dusk_nautical", "dusk_astronomical",
	}
}

// NewSolar returns the schedule of an event, one of SolarEvents, at a place in degrees: latitude -90 to 90, north
// positive, longitude -180 to 180, east positive. The error is a *FieldError.
//
// Events are those of Celery's solar: twilight begins and ends when the centre of the sun is 18, 12 or 6 degrees below
// the horizon, sunrise and sunset are those of the upper limb with 34 minutes of arc of refraction, at sea level.
func NewSolar(event string, latitude, longitude float64) (Solar, error) {
	s := Solar{event: event, latitude: latitude * degree, longitude: longitude * degree}
	switch event {
	case "dawn_astronomical", "dusk_astronomical":
		s.altitude = -18 * degree
	case "dawn_nautical", "dusk_nautical":
		s.altitude = -12 * degree
	case "dawn_civil", "dusk_civil":
		s.altitude = -6 * degree
	case "sunrise", "sunset":
		s.altitude, s.limb = -34*60*arcSecond, true
	case "solar_noon":
	default:
		return Solar{}, &FieldError{
			Field: "event", Value: event, Problem: "is not one of " + strings.Join(SolarEvents(), ", "),
		}
	}
	switch {
	case strings.HasPrefix(event, "dawn_"), event == "sunrise":
		s.side = -1
	case event != "solar_noon":
		s.side = 1
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	if !(latitude >= -90 && latitude <= 90) {
		return Solar{}, &FieldError{Field: "latitude", Value: number(latitude), Problem: "is not between -90 and 90"}
	}
	if !(longitude >= -180 && longitude <= 180) {
		return Solar{}, &FieldError{Field: "longitude", Value: number(longitude), Problem: "is not between -180 and 180"}
	}
	s.text = event + " at " + number(latitude) + ", " + number(longitude)
	return s, nil
}

// String returns event and place, such as "sunrise at 52.5, 13.4".
func (s Solar) String() string { return s.text }

// mostDays is how many days in a row are looked at: any event that a place ever has comes within a year.
const mostDays = 400

// Next returns the first event strictly later than after, in UTC and milliseconds. Days of the polar night and of the
// midnight sun have no sunrise and no sunset and are passed over. It returns false where the event never comes, as at
// the poles, and beyond the year 9999.
//
// Each event belongs to the noon of one solar day and is computed from the number of that day alone; so it is the same
// instant whatever after is, and is found once.
func (s Solar) Next(after time.Time) (time.Time, bool) {
	from := max(after.Unix(), minUnix)
	// The solar day of that instant, or the one before if its end is near: noon is up to 17 minutes off the mean.
	day := math.Floor(float64(from)/secondsPerDay + s.longitude/(2*math.Pi) - 0.03)
	for end := day + mostDays; day < end; {
		unix, skip, ok := s.on(day)
		day += skip
		if !ok {
			continue
		}
		if at := time.UnixMilli(int64(math.Round(unix * 1000))).UTC(); at.After(after) {
			return at, at.Unix() <= maxUnix
		}
	}
	return time.Time{}, false
}

// on returns the event of a solar day, counted from 1970, in Unix seconds. Without one, skip is how many days to go
// on, else 1.
func (s Solar) on(day float64) (unix, skip float64, ok bool) {
	unix = (day+0.5)*secondsPerDay - s.longitude/(2*math.Pi)*secondsPerDay
	rough := roughSunAt(unix)
	noon := unix - rough.hourAngle(s.longitude)*perRadian
	if s.side == 0 {
		for range 2 {
			at := sunAt(noon)
			noon -= at.hourAngle(s.longitude) * perRadian
		}
		return noon, 1, true
	}
	if math.Abs(s.latitude) == math.Pi/2 {
		return 0, mostDays, false // at the poles the sun rises and sets by the year, not by the day
	}
	if skip := s.far(&rough); skip > 0 {
		return 0, skip, false
	}
	unix, ok = s.approach(noon)
	return unix, 1, ok
}

// perRadian is how long the hour angle of the sun takes to grow by one.
const perRadian = secondsPerDay / (2 * math.Pi)

// enough is how near, in seconds, an event has to be found.
const enough = 0.05

// approach moves from noon to the hour angle at which the sun has the altitude, again and again, since it moves on
// meanwhile; first with its rough place, which costs little. Where the sun only grazes the altitude around midnight or
// noon that need not converge.
func (s Solar) approach(noon float64) (float64, bool) {
	const near = 60
	if unix, ok := s.follow(roughSunAt, noon, near); ok {
		if unix, ok = s.follow(sunAt, unix, enough); ok {
			return unix, true
		}
	}
	return s.bracket(noon)
}

// follow moves until the way is shorter than the seconds given.
func (s Solar) follow(place func(unix float64) sun, unix, short float64) (float64, bool) {
	for range 5 {
		at := place(unix)
		wanted, ok := s.wanted(&at)
		if !ok {
			break
		}
		step := math.Remainder(s.side*wanted-at.hourAngle(s.longitude), 2*math.Pi) * perRadian
		unix += step
		if math.Abs(step) < short {
			return unix, true
		}
	}
	return 0, false
}

// bracket finds the event between noon and the midnight beside it, if the sun is on one side of the altitude at noon and
// on the other at midnight.
func (s Solar) bracket(noon float64) (float64, bool) {
	midnight := noon + s.side*secondsPerDay/2
	low := roughSunAt(midnight)
	midnight += math.Remainder(s.side*math.Pi-low.hourAngle(s.longitude), 2*math.Pi) * perRadian
	if low = roughSunAt(midnight); s.above(&low) > roughly {
		return 0, false
	}
	high := sunAt(noon)
	if s.above(&high) <= 0 {
		return 0, false
	}
	if low = sunAt(midnight); s.above(&low) >= 0 {
		return 0, false
	}
	course := newHalfDay(noon, midnight, &high, &low)
	for math.Abs(noon-midnight) > enough {
		middle := (noon + midnight) / 2
		if at := course.at(middle); s.above(&at) > 0 {
			noon = middle
		} else {
			midnight = middle
		}
	}
	return midnight, true
}

// above returns by how much the sun is above the altitude, as a difference of sines.
func (s Solar) above(at *sun) float64 {
	sinD, cosD := math.Sincos(at.declination)
	sinL, cosL := math.Sincos(s.latitude)
	return sinL*sinD + cosL*cosD*math.Cos(at.hourAngle(s.longitude)) - math.Sin(s.geocentric(at))
}

// wanted returns the hour angle, from 0 to π, at which the sun has the altitude; false where it never
// has.
func (s Solar) wanted(at *sun) (float64, bool) {
	sinD, cosD := math.Sincos(at.declination)
	sinL, cosL := math.Sincos(s.latitude)
	cos := (math.Sin(s.geocentric(at)) - sinL*sinD) / (cosL * cosD)
	return math.Acos(cos), cos >= -1 && cos <= 1
}

// geocentric returns the altitude that the centre of the sun would have for an observer at the centre of the Earth.
func (s Solar) geocentric(at *sun) float64 {
	const radius, parallax = 959.63 * arcSecond, 8.794 * arcSecond // at a distance of one astronomical unit
	altitude := s.altitude
	if s.limb {
		altitude -= radius / at.distance
	}
	return altitude + parallax/at.distance*math.Cos(altitude)
}

// far returns how many days in a row the altitude is out of reach, the one of the given noon included: the declination
// of the sun changes by less than 0.41 degrees a day. An event is at most half a day from its noon, which is up to 17
// minutes from the mean.
func (s Solar) far(noon *sun) float64 {
	const perDay, half = 0.41 * degree, 0.52
	altitude := s.geocentric(noon)
	highest := math.Pi/2 - math.Abs(s.latitude-noon.declination)
	lowest := math.Abs(s.latitude+noon.declination) - math.Pi/2
	return max(0, math.Ceil((max(altitude-highest, lowest-altitude)-roughly)/perDay-half))
}
