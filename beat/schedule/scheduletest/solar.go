package scheduletest

import (
	"fmt"
	"math"
	"time"
)

// sunRow is a case of solar.
type sunRow struct {
	Event     string     `json:"event"`
	Latitude  float64    `json:"lat"`
	Longitude float64    `json:"lon"`
	LastRunAt time.Time  `json:"last_run_at"`
	Outcome   string     `json:"outcome"`
	ErrorType string     `json:"error_type"`
	Next      *time.Time `json:"next"`
	Sane      *time.Time `json:"sane_next"`
}

// judgeSun compares the first event after the last run.
func judgeSun(ask Ask, row *sunRow) (string, error) {
	got, err := ask.first(row.question(), row.LastRunAt)
	if refused := row.ErrorType == "ValueError"; refused || err != nil {
		if !refused || err == nil {
			return "", fmt.Errorf("error %w, Celery refuses: %v", err, refused)
		}
		return "", nil
	}
	if math.Abs(row.Latitude) == 90 && row.Event != "solar_noon" {
		if !got.IsZero() {
			return "", fmt.Errorf("got %v at a pole, where no day has such an event", got)
		}
		return "at a pole: Celery dies, or makes an event up", nil
	}
	want := row.Next
	if want == nil {
		want = row.Sane
	}
	if want == nil && got.IsZero() && math.Abs(row.Latitude) > 89.9 {
		return "beside a pole: the sun crosses on no day by the turn of the Earth; Celery dies", nil
	}
	if err := row.there(got); err != nil {
		return "", err
	}
	if want == nil {
		return "PyEphem searches without end, or in vain", nil
	}
	if math.Abs(got.Sub(*want).Seconds()) <= row.tolerance() {
		if row.Outcome != "next" {
			return "polar day or night passed over: Celery dies", nil
		}
		return "", nil
	}
	return row.otherwise(got, *want)
}

func (r *sunRow) question() Question {
	return Question{Kind: "solar", Event: r.Event, Latitude: &r.Latitude, Longitude: &r.Longitude}
}

// tolerance is in seconds.
func (r *sunRow) tolerance() float64 {
	if math.Abs(r.Latitude) < 60 {
		return 3
	}
	return 15
}

// precise is the precision of this package's altitude, in degrees.
const precise = 0.03

// there returns an error unless the sun is where the event has it.
func (r *sunRow) there(got time.Time) error {
	high, hour := altitude(r.Latitude, r.Longitude, got)
	off := high - horizon(r.Event)
	if r.Event == "solar_noon" {
		off = hour
	}
	if got.IsZero() || math.Abs(off) > precise {
		return fmt.Errorf("%s at %v, %v after %v: got %v, where the sun is off by %.3f°",
			r.Event, r.Latitude, r.Longitude, r.LastRunAt, got, off)
	}
	return nil
}

// otherwise says why Celery's event is another one.
func (r *sunRow) otherwise(got, want time.Time) (string, error) {
	high, _ := altitude(r.Latitude, r.Longitude, want)
	if r.Event == "dusk_astronomical" && math.Abs(high-18) < precise {
		return "Celery up to 5.6 has dusk with the sun 18° above the horizon", nil
	}
	if r.grazes(got) || r.grazes(want) {
		return "the sun grazes the horizon: PyEphem ends elsewhere", nil
	}
	return "", fmt.Errorf("%s at %v, %v after %v: got %v, want %v", r.Event, r.Latitude, r.Longitude, r.LastRunAt, got, want)
}

// grazes tells whether the sun, on the day of an event, passes the horizon of the event by less than it takes a day to
// climb, so that there may be a crossing more or less.
func (r *sunRow) grazes(t time.Time) bool {
	const daily = 0.4
	for hours := -12; hours <= 12; hours++ {
		at := t.Add(time.Duration(hours) * time.Hour)
		high, hour := altitude(r.Latitude, r.Longitude, at)
		turning := math.Abs(hour) < 8 || math.Abs(hour) > 172 // near noon or midnight
		if turning && math.Abs(high-horizon(r.Event)) < daily {
			return true
		}
	}
	return false
}
