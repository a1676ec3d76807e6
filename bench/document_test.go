package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a run has measured takes the place of the same of former runs, and nothing else changes.
func TestDocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "performance.md")
	write := func(r record) string {
		t.Helper()
		if err := r.document(file); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	figures := func(value float64) []figure {
		return []figure{
			{Scenario: "size", Who: "gobeat", Rows: 1000, What: "start to first message, of the last row", Value: value, Unit: "s"},
			{Scenario: "size", Who: "gobeat", Rows: 10_000, What: "start to first message, of the last row", Value: value, Unit: "s"},
		}
	}
	if err := os.WriteFile(file, []byte("Before.\n"+begins+"\n"+ends+"\nAfter.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	steady := figure{Scenario: "steady", Who: "gobeat", What: "runs", Value: 40, Unit: "/s", Bar: "≥ 50/s"}
	write(record{machine: "first", figures: append(figures(111), steady)})
	got := write(record{machine: "second", figures: figures(222)})
	for text, want := range map[string]int{
		"Before.\n" + begins: 1, ends + "\nAfter.\n": 1, "### steady\n\nfirst\n": 1, "### size\n\nsecond\n": 1, "| 40 /s | ≥ 50/s | missed |": 1,
		"111": 0, "222 s": 2, "(performance-size.svg)": 1,
	} {
		if n := strings.Count(got, text); n != want {
			t.Errorf("%q is there %d times, want %d, in\n%s", text, n, want, got)
		}
	}
	if again := write(record{machine: "second", figures: figures(222)}); again != got {
		t.Errorf("the same again:\n%s\nwant\n%s", again, got)
	}
}
