package robfig_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/robfig"
)

func load(name string) (*schedule.Zone, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &schedule.FieldError{Field: "timezone", Value: name, Problem: "is not known"}
	}
	return schedule.NewZone(loc), nil
}

func parse(t rapid.TB, expression, zone string) schedule.Schedule {
	t.Helper()
	z, err := load(zone)
	if err != nil {
		t.Fatal(err)
	}
	s, err := robfig.Parse(expression, z, load)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instant(t rapid.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, expression, zone, after string
		want                          []string
	}{
		{
			"five fields", "30 4 * * *", "UTC", "2026-01-01T05:00:00Z",
			[]string{"2026-01-02T04:30:00Z", "2026-01-03T04:30:00Z"},
		},
		{
			"six fields", "*/30 0 4 * * *", "UTC", "2026-01-01T04:00:00Z",
			[]string{"2026-01-01T04:00:30Z", "2026-01-02T04:00:00Z"},
		},
		{"zone given", "0 4 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", []string{"2026-01-01T03:00:00Z"}},
		{"CRON_TZ", "CRON_TZ=Asia/Kolkata 0 4 * * *", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T22:30:00Z"}},
		{"TZ", " TZ=Asia/Kolkata  0 4 * * *", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T22:30:00Z"}},
		{"TZ and descriptor", "TZ=Asia/Kolkata @daily", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T18:30:00Z"}},
		{"@daily", "@daily", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z"}},
		{"@hourly", "@hourly", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T01:00:00Z"}},
		{"@weekly", "@weekly", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z"}},
		{"@yearly", "@yearly", "UTC", "2026-01-01T00:00:00Z", []string{"2027-01-01T00:00:00Z"}},
		{
			"@every", "@every 1h30m", "UTC", "2026-01-01T00:00:00.5Z",
			[]string{"2026-01-01T01:30:00Z", "2026-01-01T03:00:00Z"},
		},
		{"@every under a second", "@every 10ms", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-01T00:00:01Z"}},
		{
			"step from a number", "5/20 * * * *", "UTC", "2026-01-01T00:05:00Z",
			[]string{"2026-01-01T00:25:00Z", "2026-01-01T00:45:00Z"},
		},
		{
			"either day", "0 0 13 * fri", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"},
		},
		{
			"both days with a star", "0 0 */1 * fri", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"},
		},
		{"beyond five years", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29T00:00:00Z"}},
		{"never", "0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", nil},
		{
			"robfig never returns", "0 0 30 12 *", "Pacific/Apia", "2011-12-29T20:00:00Z",
			[]string{"2011-12-30T10:00:00Z", "2012-12-29T10:00:00Z"},
		},
		{"moved out of a gap", "30 2 * * *", "America/New_York", "2025-03-09T06:00:00Z", []string{"2025-03-09T07:30:00Z"}},
		{
			"once in a repeated hour", "30 1 * * *", "America/New_York", "2025-11-02T04:00:00Z",
			[]string{"2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, tt.expression, tt.zone)
			var got []string
			after := instant(t, tt.after)
			for range max(len(tt.want), 1) {
				next, ok := s.Next(after)
				if !ok {
					break
				}
				got = append(got, next.Format(time.RFC3339Nano))
				after = next
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	zone := schedule.NewZone(time.UTC)
	for _, tt := range []struct{ expression, field string }{
		{"", "expression"},
		{"* * * *", "expression"},
		{"60 * * * *", "expression"},
		{"0 0 * * 7", "expression"},
		{"22-2 * * * *", "expression"},
		{", * * * *", "expression"},
		{"@fortnightly", "expression"},
		{"@every", "expression"},
		{"@every soon", "expression"},
		{"@every 0s", "expression"},
		{"@every -1h", "expression"},
		{"TZ=UTC", "expression"}, // robfig panics
		{"TZ=", "expression"},
		{"CRON_TZ= 0 4 * * *", "expression"},
		{"TZ=Mars/Olympus 0 4 * * *", "timezone"},
		{strings.Repeat("1,", 5000) + "1 * * * *", "expression"},
	} {
		t.Run(tt.expression[:min(len(tt.expression), 30)], func(t *testing.T) {
			t.Parallel()
			s, err := robfig.Parse(tt.expression, zone, load)
			if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != tt.field {
				t.Fatalf("got %v, %v, want an error about %s", s, err, tt.field)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"0 4 * * *":         "0 4 * * * (Europe/Berlin)",
		"TZ=UTC 0 4 * * *":  "0 4 * * * (UTC)",
		"@daily":            "@daily (Europe/Berlin)",
		"@every 90m":        "@every 1h30m0s",
		"CRON_TZ=UTC @reef": "",
	} {
		zone, err := load("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		s, err := robfig.Parse(expression, zone, load)
		if want == "" {
			if err == nil {
				t.Errorf("%q is accepted", expression)
			}
			continue
		}
		if err != nil || s.String() != want {
			t.Errorf("%q: got %v, %v, want %q", expression, s, err, want)
		}
	}
}

// Without clock changes and within its five years, robfig's own search must agree.
func TestAgreesWithRobfig(t *testing.T) {
	t.Parallel()
	field := func(t *rapid.T, lo, hi int) string {
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			return "*"
		case 1:
			return fmt.Sprintf("*/%d", rapid.IntRange(1, hi).Draw(t, "step"))
		case 2:
			from := rapid.IntRange(lo, hi).Draw(t, "from")
			return fmt.Sprintf("%d-%d", from, rapid.IntRange(from, hi).Draw(t, "to"))
		}
		return fmt.Sprintf("%d,%d/7", rapid.IntRange(lo, hi).Draw(t, "a"), rapid.IntRange(lo, hi).Draw(t, "b"))
	}
	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	rapid.Check(t, func(t *rapid.T) {
		expression := strings.Join([]string{
			field(t, 0, 59), field(t, 0, 59), field(t, 0, 23), field(t, 1, 31), field(t, 1, 12), field(t, 0, 6),
		}, " ")
		theirs, err := parser.Parse("TZ=UTC " + expression)
		if err != nil {
			t.Fatal(err)
		}
		ours := parse(t, expression, "UTC")
		at := time.Date(rapid.IntRange(1971, 2150).Draw(t, "year"), 1, 1, 0, 0,
			rapid.IntRange(0, 366*86400).Draw(t, "second"), rapid.IntRange(0, 999).Draw(t, "nano"), time.UTC)
		for range 5 {
			want := theirs.Next(at)
			got, ok := ours.Next(at)
			if want.IsZero() {
				if ok && got.Before(at.AddDate(5, 0, 0)) {
					t.Fatalf("%s after %v: got %v, robfig finds none in five years", expression, at, got)
				}
				return
			}
			if !ok || !got.Equal(want) {
				t.Fatalf("%s after %v: got %v, %v, want %v", expression, at, got, ok, want)
			}
			at = want
		}
	})
}

// yearly is a schedule of somebody's own.
type yearly struct{ asked *string }

func (y yearly) Next(t time.Time) time.Time {
	*y.asked = t.Location().String()
	if t.Year() > 2030 {
		return time.Time{}
	}
	return time.Date(t.Year()+1, 1, 1, 0, 0, 0, 0, t.Location())
}

// stuck never gets later.
type stuck struct{}

func (stuck) Next(t time.Time) time.Time { return t }
func (stuck) String() string             { return "stuck" }

func TestNewCustom(t *testing.T) {
	t.Parallel()
	zone, err := load("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	s, err := robfig.New(yearly{&asked}, zone)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := s.Next(instant(t, "2029-06-01T00:00:00Z"))
	if want := instant(t, "2029-12-31T23:00:00Z"); !ok || got != want {
		t.Errorf("got %v, %v, want %v", got, ok, want)
	}
	if asked != "Europe/Berlin" {
		t.Errorf("asked in %v", asked)
	}
	if got, ok := s.Next(instant(t, "2031-06-01T00:00:00Z")); ok {
		t.Errorf("the zero time is taken for %v", got)
	}
	if s, err = robfig.New(stuck{}, zone); err != nil || s.String() != "stuck (Europe/Berlin)" {
		t.Errorf("got %v, %v", s, err)
	}
	if got, ok := s.Next(instant(t, "2031-06-01T00:00:00Z")); ok {
		t.Errorf("a schedule that is stuck gives %v", got)
	}
}

func TestNewTakesOver(t *testing.T) {
	t.Parallel()
	berlin, err := load("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	local, err := cron.ParseStandard("0 0 * * *")
	if err != nil {
		t.Fatal(err)
	}
	utc, err := cron.ParseStandard("TZ=UTC 0 0 * * *")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		cron cron.Schedule
		want string
	}{
		{"no zone of its own", local, "2026-01-01T23:00:00Z"},
		{"its own zone", utc, "2026-01-02T00:00:00Z"},
		{"delay", cron.Every(90 * time.Second), "2026-01-01T00:01:30Z"},
	} {
		s, err := robfig.New(tt.cron, berlin)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := s.Next(instant(t, "2026-01-01T00:00:00Z"))
		if !ok || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: got %v, %v, want %s", tt.name, got, ok, tt.want)
		}
		if _, ok := s.(schedule.Spanner); !ok {
			t.Errorf("%s: %T is no Spanner", tt.name, s)
		}
	}
	if s, err := robfig.New(cron.ConstantDelaySchedule{}, berlin); err == nil {
		t.Errorf("a delay of 0 makes %v", s)
	}
}

func TestEverySpan(t *testing.T) {
	t.Parallel()
	s := parse(t, "@every 90s", "UTC")
	got := schedule.Of(s, instant(t, "2026-01-01T00:00:00.7Z"), instant(t, "2026-01-01T01:00:00Z"))
	want := schedule.Span{First: instant(t, "2026-01-01T00:01:30Z"), Last: instant(t, "2026-01-01T01:00:00Z"), Count: 40}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0 4 * * *", "*/30 0 4 * * *", "@daily", "@every 1h30m", "CRON_TZ=Asia/Kolkata 0 4 ? * mon-fri", "TZ=0", "TZ= ",
		"0 0 29 2 1", ", , , , ,", "1-5/9223372036854775807 * * * *",
	} {
		f.Add(seed)
	}
	zone := schedule.NewZone(time.UTC)
	after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression string) {
		s, err := robfig.Parse(expression, zone, load)
		if err != nil {
			if _, ok := errors.AsType[*schedule.FieldError](err); !ok {
				t.Fatalf("%v is no FieldError", err)
			}
			return
		}
		if next, ok := s.Next(after); ok && !next.After(after) {
			t.Fatalf("%v after %v gives %v", s, after, next)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	after := time.Date(2026, 5, 4, 12, 34, 56, 0, time.UTC)
	for _, expression := range []string{"*/5 8-17 * * 1-5", "0 0 29 2 *"} {
		theirs, err := cron.ParseStandard("TZ=Europe/Berlin " + expression)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("robfig/"+expression, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				theirs.Next(after)
			}
		})
		berlin, err := load("Europe/Berlin")
		if err != nil {
			b.Fatal(err)
		}
		ours, err := robfig.New(theirs, berlin)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("gobeat/"+expression, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ours.Next(after)
			}
		})
	}
}

func ExampleParse() {
	zone := schedule.NewZone(time.UTC)
	s, err := robfig.Parse("CRON_TZ=UTC 0 30 4 ? * mon", zone, func(string) (*schedule.Zone, error) { return zone, nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	next, _ := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	fmt.Println(next)
	// Output: 2026-01-05 04:30:00 +0000 UTC
}

func ExampleNew() {
	s, err := robfig.New(cron.Every(time.Minute), schedule.NewZone(time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	next, _ := s.Next(time.Date(2026, 1, 1, 0, 0, 30, 0, time.UTC))
	fmt.Println(s, next)
	// Output: @every 1m0s 2026-01-01 00:01:30 +0000 UTC
}
