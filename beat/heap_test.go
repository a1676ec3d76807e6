package beat

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The queue gives the jobs in the order of their instants, whatever was put, moved and removed before.
func TestQueue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	jobs := make([]*job, 500)
	for i := range jobs {
		jobs[i] = &job{index: -1}
	}
	for range 5000 {
		j := jobs[random.IntN(len(jobs))]
		if random.IntN(3) == 0 {
			q.remove(j)
			continue
		}
		j.due = micros(random.IntN(100))
		q.put(j)
	}
	var want []micros
	for _, j := range jobs {
		if j.index >= 0 {
			want = append(want, j.due)
		}
	}
	slices.Sort(want)
	var got []micros
	for q.first() != nil {
		j := q.pop()
		if j.index != -1 {
			t.Fatal("a job that was taken out has a place")
		}
		got = append(got, j.due)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// BenchmarkQueue takes the first job of a million and puts it back a day later, as the loop does with each run.
func BenchmarkQueue(b *testing.B) {
	const day, second = 24 * 3600 * 1e6, 1e6
	for _, bb := range []struct {
		name   string
		spread int // of the instants, microseconds
	}{
		{"all at one instant", 1},
		{"a thousand at each", 1000},
		{"each at its own", day},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var q queue
			random := rand.New(rand.NewPCG(1, 2))
			for range 1_000_000 {
				q.put(&job{index: -1, due: micros(random.IntN(bb.spread)) * second})
			}
			for b.Loop() {
				j := q.pop()
				j.due += day
				q.put(j)
			}
		})
	}
}
