package shadow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/shadow"
	"github.com/gobeat/gobeat/broker/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is rows that the other beat writes.
type table struct {
	mu      sync.Mutex
	entries map[beat.EntryID]beat.Entry
	seq     int64
	log     []beat.EntryID // the id of each change
	away    error
	tooOld  bool
}

func (t *table) Latest(context.Context) (beat.Version, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return beat.Version{Seq: t.seq}, t.away
}

func (t *table) Load(context.Context, beat.PageToken, int) (all []beat.Entry, _ beat.PageToken, _ error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tooOld = false
	for _, e := range t.entries {
		all = append(all, e)
	}
	return all, "", t.away
}

func (t *table) Since(_ context.Context, v beat.Version) (changed []beat.Entry, deleted []beat.EntryID, _ beat.Version, _ error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tooOld {
		return nil, nil, v, beat.ErrTooOld
	}
	for _, id := range t.log[v.Seq:] {
		if e, ok := t.entries[id]; ok {
			changed = append(changed, e)
		} else {
			deleted = append(deleted, id)
		}
	}
	return changed, deleted, beat.Version{Seq: t.seq}, nil
}

// edit changes a row, which is made when it is not there.
func (t *table) edit(id beat.EntryID, change func(e *beat.Entry)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[id]
	if !ok {
		e = beat.Entry{ID: id, Name: string(id), Task: "proj.add", Enabled: true, Active: true, CreatedAt: time.Now()}
	}
	change(&e)
	t.entries[id] = e
	t.changed(id)
}

func (t *table) remove(id beat.EntryID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.entries, id)
	t.changed(id)
}

func (t *table) changed(id beat.EntryID) {
	t.seq++
	t.log = append(t.log, id)
}

// ran notes a run by the other beat now.
func (t *table) ran(id beat.EntryID) { t.edit(id, func(e *beat.Entry) { e.RanAt = time.Now() }) }

func (t *table) minutely(id beat.EntryID) {
	t.edit(id, func(e *beat.Entry) { e.Spec = schedule.Spec{Kind: schedule.KindCrontab} })
}

func (t *table) every(id beat.EntryID, seconds int64) {
	t.edit(id, func(e *beat.Entry) {
		e.Spec = schedule.Spec{Kind: schedule.KindInterval, Every: seconds, Period: "seconds"}
	})
}

// watch runs a shadow in a bubble while f plays the other beat, whose clock begins at midnight, and returns the report and
// the log.
func watch(t *testing.T, f func(rows *table)) (r shadow.Report, log string) {
	t.Helper()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		rows := &table{entries: map[beat.EntryID]beat.Entry{}}
		s := shadow.New(shadow.Config{
			Entries: rows, Planner: beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build),
			Logger: slog.New(slog.NewTextHandler(&out, nil)), Every: time.Hour,
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r = s.Run(ctx)
		}()
		f(rows)
		stop()
		<-done
	})
	return r, out.String()
}

// counts are what a report says, without its times.
func counts(r shadow.Report) [5]int64 {
	return [5]int64{r.Agreed, r.Late, r.Extra, r.Silent, r.Implied}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		other func(rows *table)
		want  [5]int64 // agreed, late, extra, silent, implied
	}{
		{"on time", func(rows *table) {
			rows.minutely("a")
			for range 3 {
				time.Sleep(time.Minute)
				rows.ran("a")
				time.Sleep(5 * time.Second)
			}
		}, [5]int64{3, 0, 0, 0, 0}},
		{"a second early by its clock", func(rows *table) {
			rows.minutely("a")
			time.Sleep(time.Minute - time.Second)
			rows.ran("a")
			time.Sleep(time.Minute)
			rows.ran("a")
			time.Sleep(5 * time.Second)
		}, [5]int64{2, 0, 0, 0, 0}},
		{"late", func(rows *table) {
			rows.minutely("a")
			time.Sleep(time.Minute + 11*time.Second)
			rows.ran("a")
			time.Sleep(5 * time.Second)
		}, [5]int64{0, 1, 0, 0, 0}},
		{"twice", func(rows *table) {
			rows.minutely("a")
			time.Sleep(time.Minute)
			rows.ran("a")
			time.Sleep(5 * time.Second)
			rows.ran("a")
			time.Sleep(5 * time.Second)
		}, [5]int64{1, 0, 1, 0, 0}},
		{"silent, said once, and again after a run", func(rows *table) {
			rows.minutely("a")
			time.Sleep(20 * time.Minute)
			rows.ran("a")
			time.Sleep(20 * time.Minute)
		}, [5]int64{1, 0, 0, 2, 19}},
		{"several runs shown as one, with the drift of Celery's intervals", func(rows *table) {
			rows.every("a", 10)
			rows.ran("a")
			for range 3 {
				time.Sleep(18*10*time.Second + 300*time.Millisecond)
				rows.ran("a")
			}
			time.Sleep(5 * time.Second)
		}, [5]int64{3, 0, 0, 0, 3 * 17}},
		{"an interval cut short", func(rows *table) {
			rows.every("a", 3600)
			rows.ran("a")
			time.Sleep(10 * time.Second)
			rows.ran("a")
			time.Sleep(5 * time.Second)
		}, [5]int64{0, 0, 1, 0, 0}},
		{"a one-off, switched off with its run", func(rows *table) {
			at := time.Now().Add(time.Minute)
			rows.edit("a", func(e *beat.Entry) {
				e.OneOff, e.Spec = true, schedule.Spec{Kind: schedule.KindClocked, Clocked: at}
			})
			time.Sleep(time.Minute + time.Second)
			rows.edit("a", func(e *beat.Entry) { e.RanAt, e.Enabled = time.Now(), false })
			time.Sleep(time.Hour)
		}, [5]int64{1, 0, 0, 0, 0}},
		{"switched off, changed and removed rows owe nothing", func(rows *table) {
			rows.minutely("a")
			rows.minutely("b")
			rows.minutely("c")
			time.Sleep(30 * time.Second)
			rows.edit("a", func(e *beat.Entry) { e.Enabled = false })
			rows.edit("b", func(e *beat.Entry) { e.Spec.Hour = "12" })
			rows.remove("c")
			time.Sleep(time.Hour)
		}, [5]int64{}},
		{"runs before it looked", func(rows *table) {
			rows.edit("a", func(e *beat.Entry) {
				e.Spec, e.RanAt = schedule.Spec{Kind: schedule.KindCrontab}, time.Now().Add(-50*time.Minute)
			})
			time.Sleep(30 * time.Second)
			rows.edit("a", func(e *beat.Entry) { e.RanAt = time.Now().Add(-time.Minute) })
			time.Sleep(5 * time.Second)
		}, [5]int64{}},
		{"everything read again", func(rows *table) {
			rows.minutely("a")
			rows.minutely("b")
			time.Sleep(time.Minute)
			rows.mu.Lock()
			rows.tooOld = true
			rows.mu.Unlock()
			rows.ran("a")
			rows.remove("b")
			time.Sleep(time.Minute)
			rows.ran("a")
			time.Sleep(5 * time.Second)
		}, [5]int64{2, 0, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, log := watch(t, tt.other)
			if got := counts(r); got != tt.want {
				t.Errorf("got %v of agreed, late, extra, silent, implied, want %v\n%s", got, tt.want, log)
			}
			differ := int(r.Late + r.Extra + r.Silent)
			if got := strings.Count(log, "the beats differ"); got != differ {
				t.Errorf("%d differences were logged, want %d:\n%s", got, differ, log)
			}
			if r.Agrees() != (r.Agreed > 0 && differ == 0) {
				t.Errorf("it says that the two agree: %t", r.Agrees())
			}
		})
	}
}

func TestBadEntry(t *testing.T) {
	t.Parallel()
	r, log := watch(t, func(rows *table) {
		rows.edit("a", func(e *beat.Entry) { e.Spec = schedule.Spec{Kind: schedule.KindCrontab, Minute: "61"} })
		rows.minutely("b")
		time.Sleep(time.Minute)
		rows.ran("b")
		rows.ran("a")
		time.Sleep(5 * time.Second)
	})
	if r.Entries != 2 || r.Bad != 1 || r.Agreed != 1 || r.Agrees() {
		t.Errorf("got %+v, want one of two entries set aside, and no agreement", r)
	}
	if strings.Count(log, "would set this entry aside") != 1 {
		t.Errorf("want one report of the bad entry:\n%s", log)
	}
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	r, log := watch(t, func(rows *table) {
		rows.minutely("a")
		time.Sleep(time.Minute)
		rows.mu.Lock()
		rows.away = errors.New("gone")
		rows.mu.Unlock()
		time.Sleep(30 * time.Second)
		rows.mu.Lock()
		rows.away = nil
		rows.mu.Unlock()
		rows.edit("a", func(e *beat.Entry) { e.RanAt = time.Now().Add(-30 * time.Second) })
		time.Sleep(5 * time.Second)
	})
	if r.Agreed != 1 || !r.Agrees() {
		t.Errorf("got %+v, want one run that agrees", r)
	}
	if strings.Count(log, "cannot be read") != 1 || strings.Count(log, "can be read again") != 1 {
		t.Errorf("want one report of each:\n%s", log)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	r, log := watch(t, func(rows *table) {
		rows.minutely("a")
		time.Sleep(time.Minute + 1500*time.Millisecond)
		rows.ran("a")
		time.Sleep(2*time.Hour + time.Minute)
	})
	if got := strings.Count(log, "report of the shadow"); got != 2 {
		t.Errorf("%d reports in two hours, want 2", got)
	}
	var text bytes.Buffer
	if err := r.Print(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"observed  2h2m2s", "agreed    1", "at most 1.5s", "silent    1"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("want %q in\n%s", want, text.String())
		}
	}
	out, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(out), `"agreed":1`) {
		t.Errorf("got %s, %v", out, err)
	}
}
