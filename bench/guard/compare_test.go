package main

import "testing"

func TestJudge(t *testing.T) {
	t.Parallel()
	flat := func(v float64) []float64 {
		s := make([]float64, rounds)
		for i := range s {
			s[i] = v * (1 + float64(i%3)/50)
		}
		return s
	}
	noisy := []float64{1, 1, 9, 1, 9, 9, 1, 9}
	for _, tt := range []struct {
		name    string
		unit    string
		was, is []float64
		worse   bool
	}{
		{"the same", unitTime, flat(1), flat(1), false},
		{"a little slower", unitTime, flat(1), flat(1.3), false},
		{"twice as slow", unitTime, flat(1), flat(2), true},
		{"twice as fast", unitTime, flat(2), flat(1), false},
		{"noise before", unitTime, noisy, flat(5), false},
		{"noise now", unitTime, flat(2), noisy, false},
		{"no allocation", unitObjects, make([]float64, rounds), make([]float64, rounds), false},
		{"a first allocation", unitObjects, make([]float64, rounds), flat(1), true},
		{"one of many more", unitObjects, flat(100), flat(101), false},
		{"a fifth more", unitObjects, flat(100), flat(120), true},
	} {
		if got := judge(metric{unit: tt.unit}, tt.was, tt.is).worse; got != tt.worse {
			t.Errorf("%s: worse is %t, want %t", tt.name, got, tt.worse)
		}
	}
}

// What only one of the two has is no matter of the guard.
func TestCompareOfNewBenchmark(t *testing.T) {
	t.Parallel()
	m := metric{name: "BenchmarkNew", unit: unitTime}
	if got := compare(samples{}, samples{m: {1}}); len(got) != 0 {
		t.Errorf("a benchmark that did not exist was judged: %v", got)
	}
}
