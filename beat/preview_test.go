package beat

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

func TestUpcoming(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	compiler := NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
	at := func(clock string) time.Time {
		v, err := time.Parse(time.DateTime, "2025-01-01 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	hourly := schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"}
	crontab := schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}
	clocked := schedule.Spec{Kind: schedule.KindClocked, Clocked: at("12:00:00")}
	tests := []struct {
		name   string
		change func(*Entry)
		cursor func(p *Plan) Cursor
		after  string
		want   []string
	}{
		{"crontab", func(e *Entry) { e.Spec = crontab }, nil, "10:00:00", []string{"11:00", "12:00", "13:00"}},
		{"interval counts from its creation", nil, nil, "10:00:00", []string{"10:07", "11:07", "12:07"}},
		{
			"interval counts from its last run", nil,
			func(p *Plan) Cursor { return Cursor{DecidedTo: at("08:30:00"), Spec: p.Hash} },
			"10:00:00",
			[]string{"10:30", "11:30", "12:30"},
		},
		{
			"what is due already is left out", nil,
			func(p *Plan) Cursor { return Cursor{DecidedTo: at("08:30:00"), Spec: p.Hash} },
			"10:30:00",
			[]string{"11:30", "12:30", "13:30"},
		},
		{
			"a changed interval counts from its change", func(e *Entry) { e.ModifiedAt = at("09:45:00") },
			func(*Plan) Cursor { return Cursor{DecidedTo: at("08:30:00"), Spec: 1} },
			"10:00:00",
			[]string{"10:45", "11:45", "12:45"},
		},
		{"start", func(e *Entry) { e.StartTime = at("11:20:00") }, nil, "10:00:00", []string{"11:20", "12:20", "13:20"}},
		{"end", func(e *Entry) { e.EndTime = at("11:30:00") }, nil, "10:00:00", []string{"10:07", "11:07"}},
		{"one-off", func(e *Entry) { e.OneOff = true }, nil, "10:00:00", []string{"10:07"}},
		{"clocked", func(e *Entry) { e.Spec = clocked }, nil, "10:00:00", []string{"12:00"}},
		{"clocked in the past", func(e *Entry) { e.Spec = clocked }, nil, "12:00:00", nil},
		{
			"max runs", func(e *Entry) { e.MaxRuns = 3 },
			func(p *Plan) Cursor { return Cursor{DecidedTo: at("08:30:00"), Spec: p.Hash, Fires: 1} },
			"10:00:00",
			[]string{"10:30", "11:30"},
		},
		{
			"max runs reached", func(e *Entry) { e.MaxRuns = 3 },
			func(p *Plan) Cursor { return Cursor{DecidedTo: at("08:30:00"), Spec: p.Hash, Fires: 4} },
			"10:00:00", nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := Entry{
				ID: "1", Name: "x", Task: "t", Enabled: true, Active: true, Spec: hourly,
				CreatedAt: at("07:07:00"), ModifiedAt: at("07:07:00"),
			}
			if tt.change != nil {
				tt.change(&e)
			}
			p, bad := compiler.Plan(&e)
			if bad != nil {
				t.Fatal(bad)
			}
			var c Cursor
			if tt.cursor != nil {
				c = tt.cursor(p)
			}
			var got []string
			for _, run := range p.Upcoming(c, at(tt.after), 3) {
				got = append(got, run.Format("15:04"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
		})
	}
}
