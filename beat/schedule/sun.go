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

// roughly is by how much, in radians, roughSunAt may be off, in the year 9999.
const roughly = 0.06 * degree

// roughSunAt computes the place of the Sun to about a hundredth of a degree, for a tenth of the cost: the low accuracy of
// Meeus, chapter 25.
func roughSunAt(unix float64) sun {
	days := (unix - unix2000) / secondsPerDay
	t := days / 36525
	sinM, cosM := math.Sincos((357.52911 + t*(35999.05029-t*0.0001537)) * degree)
	centre := sinM * (1.914602 - t*0.004817 + 0.039986*cosM)
	sinL, cosL := math.Sincos((280.46646 + t*(36000.76983+t*0.0003032) + centre - 0.00569) * degree)
	sinE, cosE := math.Sincos((23.43929 - 0.0130042*t) * degree)
	return sun{
		declination: math.Asin(sinE * sinL),
		ascension:   math.Atan2(cosE*sinL, cosL),
		sidereal:    (280.46062 + math.Mod(360.98564737*days, 360) + t*t*0.000388) * degree,
		distance:    1.00014 - 0.01671*cosM,
	}
}

// halfDay is the course of the Sun over half a day or so: parabolas through three of its places, which a hundredth of a
// second of arc is the most to miss it by.
type halfDay struct {
	from, to                                   float64
	declination, ascension, sidereal, distance parabola
}

// parabola holds the powers of a part from 0 to 1.
type parabola [3]float64

func throughPoints(a, b, c float64) parabola { return parabola{a, 4*b - 3*a - c, 2*a - 4*b + 2*c} }

func throughAngles(a, b, c float64) parabola {
	b = a + math.Remainder(b-a, 2*math.Pi)
	return throughPoints(a, b, b+math.Remainder(c-b, 2*math.Pi))
}

func (p parabola) at(part float64) float64 { return p[0] + part*(p[1]+part*p[2]) }

// newHalfDay takes the places a and c at the ends.
func newHalfDay(from, to float64, a, c *sun) halfDay {
	b := sunAt((from + to) / 2)
	return halfDay{
		from: from, to: to,
		declination: throughPoints(a.declination, b.declination, c.declination),
		ascension:   throughAngles(a.ascension, b.ascension, c.ascension),
		sidereal:    throughAngles(a.sidereal, b.sidereal, c.sidereal),
		distance:    throughPoints(a.distance, b.distance, c.distance),
	}
}

// at returns the place of the Sun at an instant of the half day.
func (h *halfDay) at(unix float64) sun {
	part := (unix - h.from) / (h.to - h.from)
	return sun{h.declination.at(part), h.ascension.at(part), h.sidereal.at(part), h.distance.at(part)}
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
