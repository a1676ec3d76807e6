package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutantsApply finds the mutants that the code has left behind: their run takes too long for every change.
func TestMutantsApply(t *testing.T) {
	t.Chdir("../../../..")
	all, err := read(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		patch, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range strings.Split(string(patch), "\n--- a/")[1:] {
			path, rest, _ := strings.Cut(file, "\n")
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			for _, hunk := range strings.Split(rest, "\n@@ ")[1:] {
				where, lines, _ := strings.Cut(hunk, "\n")
				if !strings.Contains("\n"+string(source), "\n"+before(lines)) {
					t.Errorf("%s does not apply to %s at @@ %s", m.name, path, where)
				}
			}
		}
		tests, err := filepath.Glob(filepath.Join(m.test[0], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(m.test[len(m.test)-1], "|") {
			name, _, _ = strings.Cut(name, "/")
			if name = strings.Trim(name, "^$"); !anyHolds(t, tests, "func "+name+"(") {
				t.Errorf("%s is to be caught by %s, which %s has not", m.name, name, m.test[0])
			}
		}
	}
}

// before returns the text that a hunk wants to find.
func before(hunk string) string {
	var text strings.Builder
	for line := range strings.Lines(hunk) {
		if rest, isContext := strings.CutPrefix(line, " "); isContext {
			text.WriteString(rest)
		} else if rest, removed := strings.CutPrefix(line, "-"); removed {
			text.WriteString(rest)
		} else if line == "\n" { // an editor has taken the space
			text.WriteString(line)
		}
	}
	return text.String()
}

func anyHolds(t *testing.T, files []string, text string) bool {
	t.Helper()
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), text) {
			return true
		}
	}
	return false
}
