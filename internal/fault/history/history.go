package history

import (
	"encoding/json"
	"time"
)

// Misfire policies of a Row.
const (
	All  = "all"
	Last = "last"
)

// Row is one schedule of the load.
type Row struct {
	Name    string          `json:"name"`
	Task    string          `json:"task"`
	Args    json.RawMessage `json:"args"`
	Queue   string          `json:"queue"`
	Every   int64           `json:"every,omitempty"`  // seconds; 0: a crontab of every minute
	Second  int             `json:"second,omitempty"` // of the minute, for a crontab
	Start   int64           `json:"start"`            // the first run of an interval; a crontab has none earlier
	Misfire string          `json:"misfire"`
}

// Expected is what the oracle says of one row: every instant within the asked time, ascending.
type Expected struct {
	Name string  `json:"name"`
	At   []int64 `json:"at"`
}

// Arrival is one message as the recorder got it.
type Arrival struct {
	At          int64           `json:"at"`   // by the clock of the day
	Mono        int64           `json:"mono"` // nanoseconds since the recorder began, which no step of a clock reaches
	ID          string          `json:"id"`
	Task        string          `json:"task"`
	Name        string          `json:"name,omitempty"`    // of the row; peers do not tell it
	Instant     int64           `json:"instant,omitempty"` // planned; peers do not tell it
	Epoch       int64           `json:"epoch,omitempty"`
	Attempt     int             `json:"attempt"`
	Queue       string          `json:"queue"`
	Args        json.RawMessage `json:"args"`
	Body        string          `json:"body"`                  // SHA-256, hexadecimal
	Tag         string          `json:"tag,omitempty"`         // of kombu on Redis: a push of its own has its own
	Redelivered bool            `json:"redelivered,omitempty"` // RabbitMQ: the broker gave it out before
}

// Fault is something that was done to a part of the system.
type Fault struct {
	Kind  string `json:"kind"`
	What  string `json:"what,omitempty"`
	Begin int64  `json:"begin"`
	End   int64  `json:"end"` // when the part was whole again
}

// Entry is a line of the program's own ledger: the fate of one run, or of all runs of a row in a span.
type Entry struct {
	Name  string `json:"name"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	State string `json:"state"` // as in beat_ledger, or a reason of beat_missed
	Given bool   `json:"given,omitempty"`
}

// Micro returns t as it stands in these files.
func Micro(t time.Time) int64 { return t.UnixMicro() }
