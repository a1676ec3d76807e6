package nemesis_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/fault/nemesis"
)

func TestPlanFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	const total = 10 * time.Minute
	plan := nemesis.Plan(7, total, 2)
	if !slices.Equal(plan, nemesis.Plan(7, total, 2)) {
		t.Error("the same seed gave another plan")
	}
	if slices.Equal(plan, nemesis.Plan(8, total, 2)) {
		t.Error("another seed gave the same plan")
	}
	var took time.Duration
	seen := map[nemesis.Kind]int{}
	for _, s := range plan {
		took += s.Pause + s.Hold
		seen[s.Kind]++
		if s.Beat < 0 || s.Beat > 1 {
			t.Errorf("there is no beat %d", s.Beat)
		}
	}
	if took > total || took < total-time.Minute {
		t.Errorf("the plan takes %v of %v", took, total)
	}
	for _, kind := range nemesis.Kinds() {
		if seen[kind] < 5 {
			t.Errorf("%s is done %d times in ten minutes", kind, seen[kind])
		}
	}
}

func TestShortPlanIsEmpty(t *testing.T) {
	t.Parallel()
	if plan := nemesis.Plan(1, 100*time.Millisecond, 2); len(plan) > 0 {
		t.Errorf("%v does not fit", plan)
	}
}
