package transfer

import (
	"encoding/json"
	"slices"
	"time"
)

// equal compares tasks as documents, in which schedules have no order.
func equal(a, b Task) bool {
	return slices.Equal(sortedTexts(a), sortedTexts(b))
}

// sortedTexts returns the task without its schedules and each schedule, as text.
func sortedTexts(t Task) []string {
	schedules := t.Schedules
	t.Schedules = nil
	list := []string{text(t)}
	for _, s := range schedules {
		if s.State != nil { // what a leader plans, decides on and notes follows from the rest
			state := *s.State
			state.Note, state.Next, state.Spec = "", time.Time{}, ""
			s.State = &state
		}
		list = append(list, text(s))
	}
	slices.Sort(list[1:])
	return list
}

// text is a value as JSON; what cannot be written cannot have been read.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
