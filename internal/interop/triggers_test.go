package interop_test

import (
	"strings"
	"testing"
)

// TestTriggersDjango has changes of the tables of django-celery-beat noticed by triggers alone, for ours polls once an hour.
// Where a database cannot notify, the triggers are refused.
func TestTriggersDjango(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.do(t, swapRows)
		s.notices(t, `PeriodicTask.objects.filter(name="gap 0").update(interval=second)`)
	})
}

// TestTriggersSQLAlchemy is TestTriggersDjango with the tables of the schedulers for SQLAlchemy.
func TestTriggersSQLAlchemy(t *testing.T) {
	eachOffice(t, func(t *testing.T, s *shop, _ []string) {
		s.do(t, sqlalchemySwapRows)
		edit := `bulk("gap 0", interval_id=second.id)`
		if strings.Contains(t.Name(), "sqlalchemy_celery_beat") {
			edit = `bulk("gap 0", schedule_id=second.id)`
		}
		s.notices(t, edit)
	})
}

// notices adds triggers and wants a bulk update, of which the marker does not tell, to be noticed long before the next poll:
// the task of the first gap then runs each second.
func (s *shop) notices(t *testing.T, edit string) {
	t.Helper()
	theirs := []string{"-A", "site_celery", "-S", s.scheduler}
	s.must(t, append(theirs, "migrate", "up")...)
	out, err := s.run(t, append(theirs, "migrate", "--triggers")...)
	if !strings.HasSuffix(t.Name(), "postgresql") {
		if err == nil || !strings.Contains(out, "triggers that notify are for PostgreSQL only") {
			t.Errorf("got %v, %s", err, out)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.env = append(s.env, "BEAT_POLL_INTERVAL=1h", "BEAT_MAX_LOOP_INTERVAL=1h")
	c := s.counter(t)
	p := s.beat(t)
	c.until(t, map[string]int{"tick": 2}, "tick")
	s.do(t, edit)
	c.until(t, map[string]int{"gap 0": 2}, "tick")
	p.Stop(t)
	s.must(t, append(theirs, "migrate", "--no-triggers")...)
}
