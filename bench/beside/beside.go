// Package beside measures functions of gobeat beside the same done by the newest Celery, in one run.
package beside

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/python"
)

// Median calls f in rounds of fifty for a third of a second and returns the median round's time for one call, in
// nanoseconds. Most rounds are over before the system gives the processor to another program.
func Median(f func()) float64 {
	const calls = 50
	var rounds []float64
	for begin := time.Now(); time.Since(begin) < time.Second/3; {
		start := time.Now()
		for range calls {
			f()
		}
		rounds = append(rounds, float64(time.Since(start).Nanoseconds())/calls)
	}
	slices.Sort(rounds)
	return rounds[len(rounds)/2]
}

// Celery lets a Python script measure all cases. It reads them as lines of JSON and prints nanoseconds, a line each.
func Celery[C any](ctx context.Context, script string, cases []C) ([]float64, error) {
	path, err := python.Newest().Find()
	if err != nil {
		return nil, fmt.Errorf("measure Celery: %w", err)
	}
	var in strings.Builder
	enc := json.NewEncoder(&in)
	for _, c := range cases {
		if err := enc.Encode(c); err != nil {
			return nil, fmt.Errorf("measure Celery: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, path, "-c", script)
	cmd.Stdin, cmd.Stderr = strings.NewReader(in.String()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("measure Celery: %w", err)
	}
	var times []float64
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		var took float64
		if _, err := fmt.Sscan(lines.Text(), &took); err != nil {
			return nil, fmt.Errorf("measure Celery: %w", err)
		}
		times = append(times, took)
	}
	if len(times) != len(cases) {
		return nil, fmt.Errorf("measure Celery: %d answers for %d cases", len(times), len(cases))
	}
	return times, nil
}
