package schedule

import "math"

// term is amplitude * cos(phase + speed * t), with t in millennia since 2000.
type term struct {
	amplitude, phase, speed float64
}

func sum(terms []term, t float64) float64 {
	var s float64
	for i := range terms {
		s += terms[i].amplitude * cosine(terms[i].phase+terms[i].speed*t)
	}
	return s
}

// cosine is math.Cos to eight digits, more than the terms have, without its branches, which no processor foresees for
// angles this different: 1 - 2 sin²(x/2), and Taylor's series of the sine up to a right angle.
func cosine(x float64) float64 {
	turns := x * (0.5 / math.Pi)
	h := (turns - math.RoundToEven(turns)) * math.Pi
	q := h * h
	sin := h * (1 - q/6*(1-q/20*(1-q/42*(1-q/72*(1-q/110*(1-q/156))))))
	return 1 - 2*sin*sin
}

// earth returns the heliocentric longitude and latitude of the Earth in radians, and its distance in astronomical
// units: the terms of VSOP87 (Bretagnon and Francou, 1988) above about a tenth of a second of arc, as Meeus lists them
// in appendix III of Astronomical Algorithms, in units of 10^-8.
func earth(t float64) (longitude, latitude, distance float64) {
	const unit = 1e-8
	l0 := [...]term{
		{3341656, 4.6692568, 6283.07585},
		{34894, 4.6261, 12566.1517},
		{3497, 2.7441, 5753.3849},
		{3418, 2.8289, 3.5231},
		{3136, 3.6277, 77713.7715},
		{2676, 4.4181, 7860.4194},
		{2343, 6.1352, 3930.2097},
		{1324, 0.7425, 11506.7698},
		{1273, 2.0371, 529.691},
		{1199, 1.1096, 1577.3435},
		{990, 5.233, 5884.927},
		{902, 2.045, 26.298},
		{857, 3.508, 398.149},
		{780, 1.179, 5223.694},
		{753, 2.533, 5507.553},
		{505, 4.583, 18849.228},
		{492, 4.205, 775.523},
		{357, 2.92, 0.067},
		{317, 5.849, 11790.629},
		{284, 1.899, 796.298},
		{271, 0.315, 10977.079},
		{243, 0.345, 5486.778},
		{206, 4.806, 2544.314},
		{205, 1.869, 5573.143},
		{202, 2.458, 6069.777},
		{156, 0.833, 213.299},
		{132, 3.411, 2942.463},
		{126, 1.083, 20.775},
		{115, 0.645, 0.98},
		{103, 0.636, 4694.003},
		{102, 0.976, 15720.839},
		{102, 4.267, 7.114},
	}
	l1 := [...]term{
		{206059, 2.678235, 6283.07585},
		{4303, 2.6351, 12566.1517},
		{425, 1.59, 3.523},
		{119, 5.796, 26.298},
		{109, 2.966, 1577.344},
		{93, 2.59, 18849.23},
		{72, 1.14, 529.69},
		{68, 1.87, 398.15},
		{67, 4.41, 5507.55},
		{59, 2.89, 5223.69},
		{56, 2.17, 155.42},
	}
	l2 := [...]term{{8720, 1.0721, 6283.0758}, {309, 0.867, 12566.152}}
	b0 := [...]term{
		{280, 3.199, 84334.662}, {102, 5.422, 5507.553}, {80, 3.88, 5223.69}, {44, 3.7, 2352.87}, {32, 4, 1577.34},
	}
	r0 := [...]term{{1670700, 3.0984635, 6283.07585}, {13956, 3.05525, 12566.1517}, {3084, 5.1985, 77713.7715}}
	longitude = unit * (175347046 + sum(l0[:], t) + t*(628331966747+sum(l1[:], t)+
		t*(52919+sum(l2[:], t)+t*(289*math.Cos(5.844+6283.076*t)+35))))
	latitude = unit * sum(b0[:], t)
	distance = unit * (100013989 + sum(r0[:], t) + t*103019*math.Cos(1.10749+6283.07585*t))
	return longitude, latitude, distance
}
