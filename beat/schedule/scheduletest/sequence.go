package scheduletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// sequenceRow is a case of crontab-dst-sequences.
type sequenceRow struct {
	crontab
	Start  time.Time         `json:"start"`
	End    time.Time         `json:"end"`
	Fires  []time.Time       `json:"fires"`
	Storms []json.RawMessage `json:"storms"`
	Wall   []time.Time       `json:"wall_clock_fires"`
}

// judgeSequence compares all instants of some hours around a clock change.
func judgeSequence(ask Ask, row *sequenceRow) (string, error) {
	q := row.question()
	q.After, q.Until = row.Start, row.End.Add(-time.Microsecond)
	got, err := ask(q)
	if err != nil {
		return "", err
	}
	if !slices.EqualFunc(got, row.Wall, time.Time.Equal) {
		return "", fmt.Errorf("%v: got %v, want %v", q, got, row.Wall)
	}
	switch {
	case slices.EqualFunc(row.Fires, row.Wall, time.Time.Equal) && len(row.Storms) == 0:
		return "", nil
	case row.Agrees:
		return "", fmt.Errorf("the recording contradicts itself: %v, %v", row.Fires, row.Wall)
	case len(row.Storms) > 0:
		return "Celery sends without end", nil
	case len(row.Fires) < len(row.Wall):
		return "Celery skips runs", nil
	}
	return "Celery runs at other times", nil
}
