package gormstore_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// TestRefuses asks whether tasks are taken, and then adds them: both say the same. The questions leave nothing behind.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, gormstore.Config{URL: d.fresh(t)})
			known := add(t, s, "known")[0]
			before, err := s.Latest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			minute := beat.Entry{
				Name: "new", Task: "proj.new", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "1"},
			}
			long := minute
			long.Name = strings.Repeat("n", 300)
			for _, e := range []beat.Entry{known, minute, long} {
				refused, err := s.Refuses(t.Context(), []beat.Entry{e, e, e})
				if err != nil {
					t.Fatal(err)
				}
				if after, err := s.Latest(t.Context()); err != nil || !after.Same(before) {
					t.Errorf("%.9s: the version is %+v, %v after the question, before it was %+v", e.Name, after, err, before)
				}
				if e.ID != "" {
					if len(refused) > 0 {
						t.Errorf("%.9s: refused, %v", e.Name, refused)
					}
					continue
				}
				added, err := s.Add(t.Context(), e)
				if (err == nil) != (len(refused) == 0) || err != nil && !strings.Contains(refused[0].Problem, "name") {
					t.Errorf("%.9s: refused %v, and when it was added %v", e.Name, refused, err)
				}
				if err == nil {
					if err := s.Delete(t.Context(), added.ID); err != nil {
						t.Fatal(err)
					}
				}
				if before, err = s.Latest(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
