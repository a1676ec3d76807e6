package beat

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// What somebody else wrote as the last run of an entry steers it, but never repeats a run.
func TestSteer(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	decided := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	now := decided.Add(20 * time.Minute)
	hourly := schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"}
	daily := schedule.Spec{Kind: schedule.KindCrontab, Minute: "15", Hour: "9"}
	for _, tt := range []struct {
		name  string
		spec  schedule.Spec
		ran   time.Time
		since time.Time // how far was decided when it was read, if not up to decided
		want  time.Time
	}{
		{"nobody did", hourly, time.Time{}, time.Time{}, decided.Add(time.Hour)},
		{"another scheduler ran the interval", hourly, decided.Add(5 * time.Minute), time.Time{}, decided.Add(65 * time.Minute)},
		{"an old copy of the row came back", hourly, decided.Add(-3 * time.Hour), time.Time{}, decided.Add(time.Hour)},
		{"set back by less than a period", hourly, decided.Add(-30 * time.Minute), time.Time{}, decided.Add(30 * time.Minute)},
		{"set back by more: due at once", hourly, decided.Add(-90 * time.Minute), time.Time{}, now},
		{"set back before the run that we made since", hourly, decided.Add(-90 * time.Minute), decided.Add(-time.Hour), decided.Add(time.Hour)},
		{"set to an instant to come", hourly, now.Add(time.Minute), time.Time{}, now.Add(61 * time.Minute)},
		{"another scheduler ran the crontab", daily, decided.Add(15*time.Minute + time.Second), time.Time{}, decided.Add(24*time.Hour + 15*time.Minute)},
		{"a crontab is set back", daily, decided.Add(-72 * time.Hour), time.Time{}, decided.Add(15 * time.Minute)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			since := tt.since
			if since.IsZero() {
				since = decided
			}
			e := Entry{ID: "1", Task: "proj.add", Enabled: true, Active: true, Spec: tt.spec, RanAt: tt.ran, DecidedTo: since}
			p, bad := c.Plan(&e)
			if bad != nil {
				t.Fatal(bad)
			}
			j := job{plan: p, decided: microsOf(decided), spec: p.Hash}
			j.settle(time.Time{}, now)
			if !j.next.time().Equal(tt.want) {
				t.Errorf("next run is %v, want %v", j.next.time(), tt.want)
			}
			if to := j.record(now).To; to.Before(decided) || to.After(now) {
				t.Errorf("the cursor would go to %v from %v at %v", to, decided, now)
			}
		})
	}
}

// An entry that nothing was decided on goes on from what another scheduler ran, else from its making, also when the
// first leader begins later.
func TestInheritedBase(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	now := time.Date(2026, 1, 31, 9, 20, 0, 0, time.UTC)
	made := now.Add(-3 * time.Hour)
	for _, tt := range []struct {
		name string
		ran  time.Time
		want time.Time
	}{
		{"run by another", now.Add(-90 * time.Minute), now.Add(-80 * time.Minute)},
		{"never run", time.Time{}, made.Add(10 * time.Minute)},
	} {
		e := Entry{
			ID: "1", Task: "proj.add", Enabled: true, Active: true, CreatedAt: made, RanAt: tt.ran,
			Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "minutes"},
		}
		p, bad := c.Plan(&e)
		if bad != nil {
			t.Fatal(bad)
		}
		j := job{plan: p}
		j.settle(time.Time{}, now)
		if !j.next.time().Equal(tt.want) {
			t.Errorf("%s: next run is %v, want %v", tt.name, j.next.time(), tt.want)
		}
	}
}

// When it is not known since when an entry is on again, it counts from when that is seen.
func TestResumedUnknownWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 9, 20, 0, 0, time.UTC)
	e := Entry{
		ID: "1", Task: "proj.add", Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "*/15"},
	}
	p, bad := compiler(t).Plan(&e)
	if bad != nil {
		t.Fatal(bad)
	}
	j := job{plan: p, decided: microsOf(now.Add(-24 * time.Hour)), spec: 0}
	j.settle(time.Time{}, now)
	if want := now.Add(10 * time.Minute); !j.next.time().Equal(want) {
		t.Errorf("next run is %v, want %v", j.next.time(), want)
	}
}
