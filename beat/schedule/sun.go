package schedule

import "math"

// sun is the Sun as seen from the centre of the Earth at one instant.
type sun struct {
	declination float64 // radians
	ascension   float64 // right ascension, radians
	sidereal    float64 // apparent sidereal time at Greenwich, radians
	distance    float64 // astronomical units
}

const (
	secondsPerCentury = 36525 * secondsPerDay
	unix2000          = 946728000 // 2000-01-01 12:00 UTC, the epoch J2000.0
	deltaT            = 70        // seconds from UTC to dynamical time; an error shifts events by less than its hundredth

	degree    = math.Pi / 180
	arcSecond = degree / 3600
)

// sunAt computes the apparent place of the Sun to a fraction of a second of arc: the largest terms of VSOP87 (sun_terms.go),
// nutation (Meeus, Astronomical Algorithms, chapter 22), aberration (chapter 25), sidereal time (chapter 12).
func sunAt(unix float64) sun {
	t := (unix - unix2000 + deltaT) / secondsPerCentury
	longitude, latitude, distance := earth(t / 10)
	inLongitude, inObliquity := nutation(t)
	const frame = 0.09033 * arcSecond // from the dynamical equinox to that of the FK5
	sinL, cosL := math.Sincos(longitude + math.Pi - frame + inLongitude - 20.4898*arcSecond/distance)
	sinE, cosE := math.Sincos((84381.448-46.8150*t)*arcSecond + inObliquity)
	days := (unix - unix2000) / secondsPerDay
	c := days / 36525
	return sun{
		// The latitude of the Sun is about a second of arc, so its sine is itself.
		declination: math.Asin(sinE*sinL - latitude*cosE),
		ascension:   math.Atan2(cosE*sinL+latitude*sinE, cosL),
		sidereal:    (280.46061837+math.Mod(360.98564736629*days, 360)+c*c*0.000387933)*degree + inLongitude*cosE,
		distance:    distance,
	}
}

// nutation returns the nutation in longitude and obliquity, in radians; t is in centuries since 2000.
func nutation(t float64) (longitude, obliquity float64) {
	sinN, cosN := math.Sincos((125.04452 - 1934.136261*t) * degree)
	sinS, cosS := math.Sincos(2 * (280.4665 + 36000.7698*t) * degree)
	sinM, cosM := math.Sincos(2 * (218.3165 + 481267.8813*t) * degree)
	longitude = -17.20*sinN - 1.32*sinS - 0.23*sinM + 0.21*2*sinN*cosN
	obliquity = 9.20*cosN + 0.57*cosS + 0.10*cosM - 0.09*(2*cosN*cosN-1)
	return longitude * arcSecond, obliquity * arcSecond
}

// hourAngle returns the hour angle at a longitude, from -π to π: below 0 before noon. Longitude is in radians, east
// positive.
func (s *sun) hourAngle(longitude float64) float64 {
	return math.Remainder(s.sidereal+longitude-s.ascension, 2*math.Pi)
}
