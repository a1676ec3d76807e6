package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gobeat/gobeat/beat"
)

// Exporter writes all tasks of a store. The zero value of WithState leaves out how far they have run.
type Exporter struct {
	Store     beat.Lister
	Format    Format
	WithState bool
}

// exportPage is how many entries are read at a time.
const exportPage = 1000

// Export writes the tasks in the order of their names and returns how many. Rows that cannot be read are not among them:
// the error, an *UnreadableError, names them when all others are written.
func (x *Exporter) Export(ctx context.Context, w io.Writer) (int, error) {
	out, err := newEncoder(w, x.Format)
	if err != nil {
		return 0, err
	}
	written := 0
	var bad UnreadableError
	var task []beat.EntryState
	flush := func() error {
		if len(task) == 0 {
			return nil
		}
		t := taskOf(task, x.WithState)
		task = task[:0]
		written++
		return out.write(t)
	}
	for token := beat.PageToken(""); ; {
		page, next, err := x.Store.List(ctx, beat.Filter{}, token, exportPage)
		if err != nil {
			return written, fmt.Errorf("export: %w", err)
		}
		for _, st := range page {
			if st.Entry.Bad != nil {
				bad.Entries = append(bad.Entries, st.Entry.Bad)
				continue
			}
			if len(task) > 0 && task[0].Entry.Name != st.Entry.Name {
				if err := flush(); err != nil {
					return written, err
				}
			}
			task = append(task, st)
		}
		if token = next; token == "" {
			break
		}
	}
	if err := errors.Join(flush(), out.close()); err != nil {
		return written, err
	}
	if len(bad.Entries) > 0 {
		return written, &bad
	}
	return written, nil
}

// UnreadableError says which rows could not be exported, and why.
type UnreadableError struct{ Entries []*beat.EntryError }

// Error names the first of them.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("export: %d rows cannot be read and are left out, the first one: %v", len(e.Entries), e.Entries[0])
}
