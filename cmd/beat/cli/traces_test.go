package cli

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

func TestTraces(t *testing.T) {
	t.Parallel()
	now := fixedNow()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	led := beat.LeaseState{Lease: beat.Lease{Epoch: 3}, GrantedAt: ago(time.Hour), Held: true}
	met := beat.Cursor{DecidedTo: ago(2 * time.Hour)}
	for _, tt := range []struct {
		name   string
		lead   beat.LeaseState
		ran    time.Time
		cursor beat.Cursor
		kind   config.SchedulerKind
		want   int
	}{
		{"by nobody else", led, time.Time{}, met, config.KindDjango, 0},
		{"since the leader took over", led, ago(59 * time.Minute), met, config.KindDjango, 1},
		{"before it did", led, ago(61 * time.Minute), met, config.KindDjango, 0},
		{"a row that the leader has not met", led, ago(time.Minute), beat.Cursor{}, config.KindDjango, 1},
		{"set by hand to a later time", led, ago(-time.Minute), met, config.KindDjango, 0},
		{"just now, without a leader", beat.LeaseState{}, ago(9 * time.Minute), beat.Cursor{}, config.KindDjango, 1},
		{"long ago, without a leader", beat.LeaseState{}, ago(11 * time.Minute), beat.Cursor{}, config.KindDjango, 0},
		{"a leader that has gone", beat.LeaseState{GrantedAt: ago(time.Hour)}, ago(30 * time.Minute), met, config.KindDjango, 0},
		{"RedBeat", led, ago(time.Minute), met, config.KindRedBeat, 1},
		{"made up from RedBeat's score", led, ago(time.Minute), beat.Cursor{}, config.KindRedBeat, 0},
	} {
		traces := newTraces(tt.lead, now)
		traces.add(&beat.EntryState{Entry: beat.Entry{Name: "x", RanAt: tt.ran}, Cursor: tt.cursor}, tt.kind)
		if traces.rows != tt.want || tt.want > 0 && (traces.name != "x" || !traces.at.Equal(tt.ran)) {
			t.Errorf("%s: got %+v, want %d", tt.name, traces, tt.want)
		}
	}
	traces := newTraces(led, now)
	for name, at := range map[string]time.Time{"a": ago(3 * time.Minute), "b": ago(time.Minute), "c": ago(2 * time.Minute)} {
		traces.add(&beat.EntryState{Entry: beat.Entry{Name: name, RanAt: at}}, config.KindDjango)
	}
	if traces.rows != 3 || traces.name != "b" {
		t.Errorf("of three: got %+v, want the latest", traces)
	}
}
