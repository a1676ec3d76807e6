package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"golang.org/x/perf/benchmath"
)

// Time must have grown by half, and so clearly that chance alone does it once in a thousand times; memory, which does not
// depend on the machine, by a tenth.
const (
	mostSlower  = 1.5
	mostChance  = 0.001
	mostGrowth  = 1.1
	unitTime    = "sec/op"
	unitObjects = "allocs/op"
)

// verdict says what became of one benchmark.
type verdict struct {
	metric

	before, after float64 // medians
	chance        float64 // that both are samples of the same
	worse         bool
}

// compare judges the benchmarks that both have, in the order of their names.
func compare(before, after samples) []verdict {
	var verdicts []verdict
	for m, was := range before {
		is, both := after[m]
		if !both || m.unit != unitTime && m.unit != unitObjects {
			continue
		}
		verdicts = append(verdicts, judge(m, was, is))
	}
	slices.SortFunc(verdicts, func(a, b verdict) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.unit, b.unit)) })
	return verdicts
}

func judge(m metric, was, is []float64) verdict {
	thresholds := benchmath.DefaultThresholds
	a, b := benchmath.NewSample(slices.Clone(was), &thresholds), benchmath.NewSample(slices.Clone(is), &thresholds)
	v := verdict{
		metric: m,
		before: benchmath.AssumeNothing.Summary(a, 0.95).Center, after: benchmath.AssumeNothing.Summary(b, 0.95).Center,
		chance: benchmath.AssumeNothing.Compare(a, b).P,
	}
	if m.unit == unitTime {
		v.worse = v.after > mostSlower*v.before && v.chance < mostChance
	} else {
		v.worse = v.after > mostGrowth*v.before && v.after >= v.before+1
	}
	return v
}

// print writes a table and returns how many became worse.
func print(w io.Writer, verdicts []verdict) int {
	worse := 0
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "benchmark\tbefore\tnow\t\t")
	for _, v := range verdicts {
		word := ""
		if v.worse {
			worse++
			word = "WORSE"
		}
		if v.unit == unitTime {
			fmt.Fprintf(table, "%s\t%.0f ns\t%.0f ns\tp = %.4f\t%s\n", v.name, 1e9*v.before, 1e9*v.after, v.chance, word)
		} else {
			fmt.Fprintf(table, "%s\t%.0f allocations\t%.0f allocations\t\t%s\n", v.name, v.before, v.after, word)
		}
	}
	_ = table.Flush() // standard output
	return worse
}
