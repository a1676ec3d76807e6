package redis

import (
	"encoding/json"
	"os"
	"testing"
)

func TestTopicAsKombu(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/table-topic-patterns.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Rows []struct {
			Binding, Pattern string
			Matches          map[string]bool
		}
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		if got := topicPattern(row.Binding); got != row.Pattern {
			t.Errorf("%s: got pattern %s, want %s", row.Binding, got, row.Pattern)
		}
		for key, want := range row.Matches {
			if got := matches(row.Pattern, key); got != want {
				t.Errorf("%s matches %q: got %v, want %v", row.Pattern, key, got, want)
			}
		}
	}
	if len(table.Rows) == 0 {
		t.Error("the table is empty")
	}
}

func TestTopicOddities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pattern, key string
		want               bool
	}{
		{"backslash before a sign that is not ASCII", topicPattern("a–b"), "a–b", true},
		{"backslash itself", topicPattern(`a\b`), `a\b`, true},
		{"zero byte", topicPattern("a\x00b"), "a\x00b", true},
		{"letters of any script", topicPattern("größe.*"), "größe.x", true},
		{"broken pattern", "^(", "(", false},
		{"open backslash", `^a\`, `a\`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := matches(tt.pattern, tt.key); got != tt.want {
				t.Errorf("%s matches %q: got %v, want %v", tt.pattern, tt.key, got, tt.want)
			}
		})
	}
}

func FuzzTopic(f *testing.F) {
	f.Add("a.*.#", "a.b.c")
	f.Fuzz(func(_ *testing.T, binding, key string) {
		_ = matches(topicPattern(binding), key) // ** is an error in Python as well
		_ = matches(key, key)                   // what others stored may be anything
	})
}
