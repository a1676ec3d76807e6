package site

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// Queues are where the rows of a load go, in turns.
const (
	FirstQueue  = "celery"
	SecondQueue = "fault.second"
)

// Mixed returns n rows of every second or so: intervals of 1, 2, 5 and 10 s and crontabs of every minute, spread evenly
// over the second and the minute, so that something is due all the time. Intervals begin at start.
func Mixed(n int, start time.Time, misfire string) []history.Row {
	every := []int64{1, 2, 5, 10, 0}
	rows := make([]history.Row, n)
	for i := range rows {
		rows[i] = row(i, every[i%len(every)], misfire)
		rows[i].Start = history.Micro(start.Add(time.Duration(i) * time.Second / time.Duration(n)))
		if rows[i].Every == 0 {
			rows[i].Second = i * 60 / n % 60
		}
		if i%2 == 1 {
			rows[i].Queue = SecondQueue
		}
	}
	return rows
}

// Steady returns n intervals of every seconds, spread evenly over them.
func Steady(n int, every int64, start time.Time, misfire string) []history.Row {
	rows := make([]history.Row, n)
	for i := range rows {
		rows[i] = row(i, every, misfire)
		rows[i].Start = history.Micro(start.Add(time.Duration(i) * time.Duration(every) * time.Second / time.Duration(n)))
	}
	return rows
}

// Burst returns n intervals of every seconds that are all due at the same instants.
func Burst(n int, every int64, start time.Time, misfire string) []history.Row {
	rows := make([]history.Row, n)
	for i := range rows {
		rows[i] = row(i, every, misfire)
		rows[i].Start = history.Micro(start)
	}
	return rows
}

func row(i int, every int64, misfire string) history.Row {
	return history.Row{
		Name: fmt.Sprintf("row-%05d", i), Task: "fault.echo", Args: json.RawMessage(fmt.Sprintf("[%d]", i)),
		Queue: FirstQueue, Every: every, Misfire: misfire,
	}
}
