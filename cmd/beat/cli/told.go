package cli

import "github.com/gobeat/gobeat/beat"

const (
	mostOfWant = 100  // warnings of rows that want the same
	mostTold   = 1000 // warnings at all
)

// told remembers which rows were warned of, so that each is once for each thing that it lacks. Its warnings are limited,
// because a queue that nobody reads may be that of a million rows. The zero value is ready.
type told struct {
	rows map[toldRow]bool
	of   map[want]int
}

type toldRow struct {
	id   beat.EntryID
	want want
}

// add notes a row and tells whether it is to be warned of; last, whether it is the last one that wants this.
func (t *told) add(id beat.EntryID, w want) (fresh, last bool) {
	row := toldRow{id, w}
	if t.rows[row] || t.of[w] == mostOfWant || len(t.rows) == mostTold {
		return false, false
	}
	if t.rows == nil {
		t.rows, t.of = map[toldRow]bool{}, map[want]int{}
	}
	t.rows[row] = true
	t.of[w]++
	return true, t.of[w] == mostOfWant || len(t.rows) == mostTold
}
