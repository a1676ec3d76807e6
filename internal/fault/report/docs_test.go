package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/fault/report"
	"github.com/gobeat/gobeat/internal/fault/trial"
)

func TestUpdateReplacesOnlyTheTables(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doc.md")
	const text = "before\n<!-- begin of the tables that make fault writes -->\nold\n<!-- end of the tables that make fault writes -->\nafter\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	figures := []trial.Figure{
		{Test: "P1", Who: trial.Gobeat, Broker: "Redis", Figure: "of an earlier run", Short: true},
		{Test: "P1", Who: trial.Gobeat, Broker: "Redis", Figure: "lost 0", Bar: "lost 0", OK: true, Short: true, Seed: 7},
		{Test: "P1", Who: trial.RedBeat, Broker: "Redis", Figure: "lost 5", Bar: "lost 0"},
		{Test: "R3", What: "a queue", Who: trial.Gobeat, Broker: "RabbitMQ", Figure: "a|b", Bar: "c"},
	}
	for range 2 { // doing it again changes nothing
		if err := report.Update(path, figures); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"before\n", "\nafter\n", "| P1 | Redis | lost 0 | lost 0 | reached | short, 7 |", "| P1 | Redis | lost 0 |  | lost 5 |",
		"| R3 | RabbitMQ | a queue: a\\|b | c | **missed** | full, 0 |",
	} {
		if strings.Count(string(got), want) != 1 {
			t.Errorf("%q is not once in:\n%s", want, got)
		}
	}
	for _, old := range []string{"old\n", "of an earlier run"} {
		if strings.Contains(string(got), old) {
			t.Errorf("%q is still there", old)
		}
	}
}

func TestUpdateNeedsMarkers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := report.Update(path, nil); err == nil {
		t.Error("a document without markers was accepted")
	}
}
