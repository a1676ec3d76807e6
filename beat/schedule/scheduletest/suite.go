package scheduletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A judge looks at the answers to one case. The reason says why Celery's own answer is not followed; it is empty when it
// is. The error says what is wrong.
type judge[T any] func(Ask, *T) (reason string, err error)

// A recording is one file and the judge of its cases.
type recording struct {
	name string
	run  func(t *testing.T, folder string, ask Ask) *tally
}

func recorded[T any](name string, judge judge[T]) recording {
	return recording{name, func(t *testing.T, folder string, ask Ask) *tally {
		t.Helper()
		count := &tally{name: name, reasons: map[string]int{}}
		for id, row := range Rows[T](t, folder, name) {
			reason, err := judge(ask, row)
			if err != nil {
				t.Errorf("%s: %v", id, err)
			}
			count.add(reason, err)
		}
		return count
	}}
}

// Run asks each case of the recordings in a folder and prints the table.
func Run(t *testing.T, folder string, ask Ask) {
	t.Helper()
	table := []string{"", line("file", "cases", "as Celery", "unexplained", "explained")}
	for _, r := range []recording{
		recorded("crontab-next", judgeNext),
		recorded("crontab-dst", judgeNext),
		recorded("crontab-dst-sequences", judgeSequence),
		recorded("crontab-due", judgeDue),
		recorded("crontab-parse", judgeField),
		recorded("interval", judgeInterval),
		recorded("solar", judgeSun),
	} {
		t.Run(r.name, func(t *testing.T) { table = append(table, r.run(t, folder, ask).line()) })
	}
	t.Log(strings.Join(table, "\n"))
}

// tally counts the cases of one file.
type tally struct {
	name                string
	cases, equal, wrong int
	reasons             map[string]int
}

func (c *tally) add(reason string, err error) {
	c.cases++
	switch {
	case err != nil:
		c.wrong++
	case reason == "":
		c.equal++
	default:
		c.reasons[reason]++
	}
}

func (c *tally) line() string {
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		reasons = append(reasons, fmt.Sprintf("%d %s", c.reasons[reason], reason))
	}
	return line(c.name, c.cases, c.equal, c.wrong, strings.Join(reasons, "; "))
}

func line(columns ...any) string { return fmt.Sprintf("| %-21v | %5v | %9v | %11v | %v |", columns...) }
