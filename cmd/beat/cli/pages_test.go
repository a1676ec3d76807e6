package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/message"
)

// newTestSession returns a session over a store in memory.
func newTestSession(t *testing.T, store Store) *session {
	t.Helper()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return &session{
		store: store, zone: time.UTC, build: build, compile: beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build), now: fixedNow(),
	}
}

// hourly is a task that runs every hour.
func hourly(name string) beat.Entry {
	return beat.Entry{
		Name: name, Task: "t", Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"},
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	const n = 2*pageSize + 3
	s := newTestSession(t, memstore.New())
	for i := range n {
		if _, err := s.store.Add(t.Context(), hourly(fmt.Sprintf("task-%04d", i))); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	c := &listCommand{app: &App{Out: &out}}
	if err := c.pages(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != n+1 || !strings.HasPrefix(lines[0], "ID ") {
		t.Fatalf("%d lines, the first is %q, want a head and %d rows", len(lines), lines[0], n)
	}
	for i, line := range lines[1:] {
		if want := fmt.Sprintf(" task-%04d ", i); !strings.Contains(line, want) {
			t.Fatalf("row %d is %q, want %q", i, line, want)
		}
	}
}
