package beat

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The queue gives the jobs in the order of their instants and then their own, whatever was put, moved and removed before.
func TestQueue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	jobs := make([]*job, 500)
	for i := range jobs {
		jobs[i] = &job{index: -1, order: int32(i)}
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
	var want []*job
	for _, j := range jobs {
		if j.index >= 0 {
			want = append(want, j)
		}
	}
	slices.SortFunc(want, func(a, b *job) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.order, b.order)) })
	var got []*job
	for q.first() != nil {
		j := q.pop()
		if j.index != -1 {
			t.Fatal("a job that was taken out has a place")
		}
		got = append(got, j)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d jobs, want %d in their order", len(got), len(want))
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
			for i := range int32(1_000_000) {
				q.put(&job{index: -1, order: i, due: micros(random.IntN(bb.spread)) * second})
			}
			for b.Loop() {
				j := q.pop()
				j.due += day
				q.put(j)
			}
		})
	}
}

// upTo counts what is due, and no more than was asked for.
func TestQueueUpTo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var q queue
		size, due := random.IntN(60), micros(random.IntN(12))
		n := 0
		for range size {
			j := &job{index: -1, due: micros(random.IntN(10))}
			q.put(j)
			if j.due <= due {
				n++
			}
		}
		for _, most := range []int{0, 1, 7, 1000} {
			if got, want := q.upTo(due, most), min(n, most); got != want {
				t.Fatalf("upTo(%d, %d) among %d jobs is %d, want %d", due, most, size, got, want)
			}
		}
	}
}
