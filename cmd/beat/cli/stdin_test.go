package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule/kinds"
)

func fixedNow() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

// checkAnswer fails the test unless the answer is one line, a JSON object with id and exactly one other member.
func checkAnswer(t *testing.T, line, answer []byte, members ...string) {
	t.Helper()
	if bytes.ContainsAny(answer, "\r\n") {
		t.Fatalf("line %q: answer %q has a line break", line, answer)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatalf("line %q: answer %q: %v", line, answer, err)
	}
	found := 0
	for _, m := range append(members, "error") {
		if _, ok := got[m]; ok {
			found++
		}
	}
	if _, ok := got["id"]; !ok || found != 1 || len(got) != 2 {
		t.Fatalf("line %q: answer %q, want id and one of %s, error", line, answer, strings.Join(members, ", "))
	}
}

func FuzzNextLine(f *testing.F) {
	f.Add([]byte(`{"id": 1, "kind": "crontab", "minute": "*/5", "timezone": "Europe/Berlin", "after": "2025-03-30T00:59:00Z"}`))
	f.Add([]byte(`{"id": [1], "kind": "interval", "every": 1e1, "period": "seconds", "until": "2025-01-01T00:01:00Z"}`))
	f.Add([]byte(`{"id":{"a":` + "\r" + `1}, "kind": "clocked", "clocked_time": "2025-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"id": "", "kind": "cron", "expression": "@every 1s", "hour": [], "count": 3}`))
	f.Add([]byte(`{"kind": "interval", "every": 0.5, "period": "days", "start_time": "2025-01-01T00:00:00Z", "max_runs": 2, "jitter_seconds": 9}`))
	f.Add([]byte(`nonsense`))
	compiler := kinds.NewCompiler(time.UTC, nil)
	answer, err := nextAnswerer(compiler, fixedNow)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			t.Skip("not one line")
		}
		checkAnswer(t, line, answer(nil, line), "next")
	})
}

func FuzzMessageLine(f *testing.F) {
	f.Add([]byte(`{"id": 1, "transport": "redis", "task": "a", "args": [2, 2], "settings": {"timezone": "UTC"}}`))
	f.Add([]byte(`{"id": 1, "transport": "amqp", "task": "a", "options": {"queue": "mail"}, "fixed": {"id": "x"}}`))
	f.Add([]byte(`{"id": 1, "transport": "redis", "task": "a", "settings": {"task_queues": {"a": {}}, "task_routes": [["a*", "b"]]}}`))
	a := newMessageAnswerer(fixedNow)
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			t.Skip("not one line")
		}
		checkAnswer(t, line, a.answer(nil, line), "wire", "commands")
	})
}

func TestAnswerLinesTooLong(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	in := strings.NewReader(strings.Repeat(" ", maxLine) + "x\nshort\n")
	echo := func(dst, line []byte) []byte { return append(dst, bytes.TrimSpace(line)...) }
	if err := answerLines(in, &out, echo); err != nil {
		t.Fatal(err)
	}
	want := `{"id": null, "error": "the line is longer than 16 MiB"}` + "\nshort\n"
	if got := out.String(); got != want {
		t.Errorf("answers %q, want %q", got, want)
	}
}

// TestAnswerLinesAtOnce holds a conversation: each answer must come before the next line is sent.
func TestAnswerLinesAtOnce(t *testing.T) {
	t.Parallel()
	lines := make(chan string)
	answers := make(chan string)
	done := make(chan error, 1)
	echo := func(dst, line []byte) []byte { return append(dst, bytes.TrimSpace(line)...) }
	go func() { done <- answerLines(chanReader(lines), chanWriter(answers), echo) }()
	for _, line := range []string{"a", "b"} {
		lines <- line + "\n"
		if got := <-answers; got != line+"\n" {
			t.Errorf("answer %q to %q", got, line)
		}
	}
	close(lines)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServeLinesEndsWithContext(t *testing.T) {
	t.Parallel()
	lines := make(chan string)
	defer close(lines)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	app := &App{In: chanReader(lines), Out: &bytes.Buffer{}}
	if err := app.serveLines(ctx, nil); !errors.Is(err, errSilent) {
		t.Errorf("error %v, want %v", err, errSilent)
	}
}

func FuzzInstants(f *testing.F) {
	for _, text := range []string{
		"2026-01-01T10:00:00Z", "2026-01-01T10:00:00.123456789+05:30", "2025-03-30 02:30", "2025-10-26 02:30:00", "2026-01-01",
		"0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-01-01T24:00:00Z",
	} {
		f.Add(text)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseInstant("after", text)
		if err == nil && (at.Location() != time.UTC || at.Nanosecond() < 0) {
			t.Fatalf("%q is %v", text, at)
		}
		local, lerr := parseTime(text, berlin)
		if err == nil && (lerr != nil || !local.Equal(at)) {
			t.Fatalf("%q is %v as an instant, but %v, %v as a time", text, at, local, lerr)
		}
	})
}
