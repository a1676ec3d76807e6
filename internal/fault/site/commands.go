package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// command runs a command of beat to its end and returns what it prints.
func (s *Site) command(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, s.tools.Beat, args...)
	cmd.Env, cmd.Dir = s.environment(), s.Dir
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("beat %q: %w\n%s%s", args, err, out, complaint.Bytes())
	}
	return out, nil
}

// schedule is a row as "beat import" reads its schedule.
type schedule struct {
	Kind   string `json:"kind"`
	Every  int64  `json:"every,omitempty"`
	Period string `json:"period,omitempty"`
	Second string `json:"second,omitempty"`
	Minute string `json:"minute,omitempty"`
}

// imported is a row as "beat import" reads it.
type imported struct {
	Name      string     `json:"name"`
	Task      string     `json:"task"`
	Args      string     `json:"args"`
	Queue     string     `json:"queue,omitempty"`
	StartTime time.Time  `json:"start_time"`
	Misfire   string     `json:"misfire"`
	Schedules []schedule `json:"schedules"`
}

// importRows adds rows to a store of any kind.
func (s *Site) importRows(ctx context.Context, rows []history.Row) error {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	if err := lines.Encode(map[string]int{"gobeat": 1}); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	for i := range rows {
		r := &rows[i]
		one := imported{
			Name: r.Name, Task: r.Task, Args: string(r.Args), Queue: r.Queue, StartTime: time.UnixMicro(r.Start).UTC(), Misfire: r.Misfire,
			Schedules: []schedule{{Kind: "interval", Every: r.Every, Period: "seconds"}},
		}
		if r.Every == 0 {
			one.Schedules[0] = schedule{Kind: "crontab", Second: strconv.Itoa(r.Second), Minute: "*"}
		}
		if r.Queue == FirstQueue {
			one.Queue = ""
		}
		if err := lines.Encode(&one); err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
	}
	_, err := s.command(ctx, text.Bytes(), "import", "-")
	return err
}

// overdue asks how many rows have a run planned that should have been decided on by now.
func (s *Site) overdue(ctx context.Context) (int64, error) {
	text, err := s.command(ctx, nil, "status", "--output", "json")
	if err != nil {
		return 0, err
	}
	var status struct{ Overdue int64 }
	if err := json.Unmarshal(text, &status); err != nil {
		return 0, fmt.Errorf("read %q: %w", text, err)
	}
	return status.Overdue, nil
}
