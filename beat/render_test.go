package beat

import (
	"regexp"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

func TestRunHeaders(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, Entry{ID: "7", Name: `<a> & "ü"`, Spec: schedule.Spec{Kind: schedule.KindCrontab}})
	run := Run{ID: "7", Instant: at(t, "2026-01-02T03:04:00Z")}
	r := &Renderer{Build: build, Identity: NewIdentity("beat", "db:task_schedule"), Trace: true}
	value := func(env message.Envelope, key string) string {
		for _, h := range env.Headers {
			if h.Key == key {
				return string(h.Value)
			}
		}
		return ""
	}
	first, err := r.Run(p, run, 5, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{ // as Python's json.dumps has them
		HeaderName: `"<a> & \"\u00fc\""`, HeaderScheduleID: `"7"`, HeaderScheduledFor: `"2026-01-02T03:04:00.000000Z"`, HeaderEpoch: "5",
		HeaderAttempt: "",
	} {
		if got := value(first, key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	again, err := r.Run(p, run, 6, 2, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if again.ID != first.ID || value(again, HeaderAttempt) != "2" {
		t.Errorf("the second attempt has id %s and attempt %s, want %s and 2", again.ID, value(again, HeaderAttempt), first.ID)
	}
	// Version, trace id, span id, flags; the trace id is the task id.
	form := regexp.MustCompile(`^"00-([0-9a-f]{32})-([0-9a-f]{16})-01"$`)
	a, b := form.FindStringSubmatch(value(first, HeaderTraceparent)), form.FindStringSubmatch(value(again, HeaderTraceparent))
	if a == nil || b == nil || a[1] != b[1] || a[2] == b[2] {
		t.Errorf("traces %v and %v, want one trace with two spans", a, b)
	}
	r.Bare, r.Trace = true, false
	bare, err := r.Run(p, run, 5, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{HeaderName, HeaderScheduleID, HeaderScheduledFor, HeaderEpoch, HeaderTraceparent} {
		if got := value(bare, key); got != "" {
			t.Errorf("a bare message has %s %s", key, got)
		}
	}
}
