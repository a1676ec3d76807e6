package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/transfer"
)

// TestMany has more tasks, and more schedules of one task, than are read at once: none is missed, and none comes twice.
func TestMany(t *testing.T) {
	t.Parallel()
	const most = 1200
	var file strings.Builder
	file.WriteString("gobeat: 1\n---\nname: all\ntask: proj.all\nschedules:\n")
	for i := range most {
		fmt.Fprintf(&file, "  - {kind: interval, every: %d, period: seconds, state: {decided_to: 2026-01-01T00:00:00Z, runs: %d}}\n", i+1, i)
	}
	for i := range most {
		fmt.Fprintf(&file, "---\nname: task %d\ntask: proj.one\nschedules:\n  - {kind: crontab, minute: \"%d\"}\n", i, i%60)
	}
	from, to := memstore.New(), memstore.New()
	if r := importInto(t, from, file.String()); r != (transfer.Result{Added: most + 1}) {
		t.Errorf("got %+v, want %d added", r, most+1)
	}
	if r := importInto(t, from, file.String()); r != (transfer.Result{Same: most + 1}) {
		t.Errorf("a second time: got %+v, want %d the same", r, most+1)
	}
	moved := export(t, from, transfer.JSON)
	importInto(t, to, moved)
	if again := export(t, to, transfer.JSON); again != moved || strings.Count(moved, "\n") != most+2 {
		t.Errorf("%d documents became %d others, want %d", strings.Count(moved, "\n"), strings.Count(again, "\n"), most+2)
	}

	fewer := strings.Replace(file.String(), "  - {kind: interval, every: 1100, period: seconds", "  - {kind: interval, every: 9999, period: seconds", 1)
	m := transfer.Importer{Store: to, State: true, Replace: true}
	if r, err := m.Import(t.Context(), strings.NewReader(fewer)); err != nil || r != (transfer.Result{Replaced: 1, Same: most}) {
		t.Errorf("got %+v, %v, want one replaced", r, err)
	}
	every := map[int64]int64{}
	for token := beat.PageToken(""); ; {
		page, next, err := to.List(t.Context(), beat.Filter{Name: "all"}, token, 500)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			every[page[i].Entry.Spec.Every] = page[i].Cursor.Fires
		}
		if token = next; token == "" {
			break
		}
	}
	if _, there := every[1100]; there || len(every) != most || every[9999] != 1099 || every[most] != most-1 {
		t.Errorf("got %d schedules, %d runs of the changed one, want %d and 1099", len(every), every[9999], most)
	}
}
