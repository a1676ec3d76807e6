package message

import (
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	t.Parallel()
	berlin := must(time.LoadLocation("Europe/Berlin"))
	now := time.Date(2024, 3, 31, 0, 59, 59, 999_999_999, time.UTC) // a second before summer time in Berlin
	instant := func(s string) Options { return Options{Expires: must2(parseISO(s))} }
	tests := []struct {
		name                     string
		settings                 Settings
		options                  Options
		eta, expires, expiration string
	}{
		{"none", Settings{}, Options{}, "", "", ""},
		{"nanoseconds are cut", Settings{}, Options{ExpireSeconds: new(0.0)}, "", "2024-03-31T00:59:59.999999+00:00", "0"},
		{
			"countdown over the clock change",
			Settings{Zone: berlin},
			Options{Extra: &Extra{Countdown: 0.000001}},
			"2024-03-31T03:00:00+02:00", "", "",
		},
		{"countdown wins over eta", Settings{}, Options{Extra: &Extra{Countdown: 1, ETA: "x"}}, "2024-03-31T01:00:00.999999+00:00", "", ""},
		{"half to even", Settings{}, Options{ExpireSeconds: new(0.0000015)}, "", "2024-03-31T01:00:00.000001+00:00", "0"},
		{"negative", Settings{}, Options{ExpireSeconds: new(-1.0)}, "", "2024-03-31T00:59:58.999999+00:00", "0"},
		{"instant", Settings{}, instant("2024-03-31T01:00:01Z"), "", "2024-03-31T01:00:01+00:00", "1000"},
		{"instant with offset", Settings{}, instant("2024-03-31T03:00:01.25+02:00"), "", "2024-03-31T03:00:01.250000+02:00", "1250"},
		{
			"instant wins over seconds",
			Settings{},
			Options{Expires: now.Add(time.Second), ExpireSeconds: new(9.0), Extra: &Extra{ExpiresText: "2030-01-01"}},
			"", "2024-03-31T01:00:00.999999+00:00", "1000",
		},
		{
			"naive text is UTC",
			Settings{Zone: berlin},
			Options{Extra: &Extra{ExpiresText: "2024-03-31 01:00:02"}},
			"", "2024-03-31 01:00:02", "2000",
		},
		{"expiration only", Settings{}, Options{Extra: &Extra{Expiration: new(1.5)}}, "", "", "1500"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := must(NewBuilder(tt.settings))
			x := Extra{}
			if tt.options.Extra != nil {
				x = *tt.options.Extra
			}
			got, err := b.moments(&tt.options, &x, now)
			want := moments{eta: tt.eta, expires: tt.expires, expiration: tt.expiration}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
}

func TestFormatISO(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at   time.Time
		want string
	}{
		{time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), "2024-05-06T07:08:09+00:00"},
		{time.Date(2024, 5, 6, 7, 8, 9, 100_000, time.UTC), "2024-05-06T07:08:09.000100+00:00"},
		{time.Date(2024, 5, 6, 7, 8, 9, 0, time.FixedZone("", -12600)), "2024-05-06T07:08:09-03:30"},
		{time.Date(1890, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 3208)), "1890-01-01T00:00:00+00:53:28"},
	}
	for _, tt := range tests {
		if got := formatISO(tt.at); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
