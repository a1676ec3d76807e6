package schedule_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestAgainstCeleryNow records fresh random cases with the real Celery and runs the golden tests over them. A seed that
// fails can be given again by BEAT_SEED.
func TestAgainstCeleryNow(t *testing.T) {
	t.Parallel()
	if os.Getenv("BEAT_GOLDEN") != "" {
		t.Skip("the recordings are given")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	seed := os.Getenv("BEAT_SEED")
	if seed == "" {
		seed = strconv.FormatInt(time.Now().UnixNano()%1_000_000_000, 10)
	}
	script, err := filepath.Abs(filepath.Join("testdata", "generate.py"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	python := testenv.Celery(t, testenv.Newest)
	t.Logf("BEAT_SEED=%s\n%s", seed, python.Run(t, dir, nil,
		script, "--seed", seed, "--profile", "sample", "--out", filepath.Join(dir, "schedules")))

	// The same tests, in a process that finds these recordings.
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGolden", "-test.v")
	cmd.Env = append(os.Environ(), "BEAT_GOLDEN="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, " | ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
