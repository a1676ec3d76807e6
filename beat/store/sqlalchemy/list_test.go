package sqlalchemy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
)

// Tasks of a list are made, changed and switched off; those of people stay, and those that the package's scheduler wrote
// from the same list are taken over.
func TestListInLine(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval 1")
		s.task(t, 2, "interval 1", "name", "'ping'")
		foreigntest.Ahead(t, s.DB, s.URL, s.tasks, s.intervals, s.crontabs)
		s.zone = "Asia/Tokyo"
		st := s.open(t)
		same := func(want []string, entries ...beat.Entry) {
			t.Helper()
			if diff := cmp.Diff(want, foreigntest.InLine(t, st, entries...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		ping := beat.Entry{Name: "ping", Task: "site.echo", Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"}}
		nightly := beat.Entry{
			Name: "nightly", Task: "site.echo", Options: json.RawMessage(`{"queue": "slow", "priority": 3, "one_off": false}`),
			Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "30", Hour: "2"},
		}
		same([]string{"create nightly", "change ping owner"}, nightly, ping)
		same([]string{"keep nightly", "keep ping"}, nightly, ping)
		made := foreigntest.Named(t, st, "nightly")
		if made.Queue != "slow" || made.Priority == nil || *made.Priority != 3 || made.Spec.Timezone != "Asia/Tokyo" || len(made.Options) > 0 {
			t.Errorf("made %+v", made)
		}
		nightly.Spec.Hour = "3"
		same([]string{"change nightly schedule", "disable ping"}, nightly)
		if got := foreigntest.Named(t, st, "task 1"); !got.Enabled || got.Owner != "" {
			t.Errorf("the task of people became %+v", got)
		}
	})
}
