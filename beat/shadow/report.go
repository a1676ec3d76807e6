package shadow

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report sums up what was found since Since. It marshals to JSON.
type Report struct {
	Since   time.Time     `json:"since"` // UTC
	Until   time.Time     `json:"until"`
	Entries int           `json:"entries"` // under observation
	Bad     int           `json:"bad"`     // of them, set aside by gobeat
	Agreed  int64         `json:"agreed"`
	Late    int64         `json:"late"`
	Extra   int64         `json:"extra"`
	Silent  int64         `json:"silent"`
	Implied int64         `json:"implied"` // runs between those
	Worst   time.Duration `json:"worst"`   // most that an agreed run was behind its instant
}

// Agrees tells whether something was compared and nothing differed.
func (r *Report) Agrees() bool { return r.Agreed > 0 && r.Late+r.Extra+r.Silent == 0 && r.Bad == 0 }

func (r *Report) add(f Finding) {
	switch f.Kind {
	case Agreed:
		r.Agreed++
		r.Worst = max(r.Worst, f.Ran.Sub(f.Due))
	case Late:
		r.Late++
	case Extra:
		r.Extra++
	case Silent:
		r.Silent++
	}
	r.Implied += f.Implied
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "observed\t%s\tfrom %s\n", r.Until.Sub(r.Since).Round(time.Second), r.Since.Format(time.RFC3339))
	fmt.Fprintf(t, "entries\t%d\t%d of them set aside\n", r.Entries, r.Bad)
	fmt.Fprintf(t, "agreed\t%d\tat most %s behind the instant\n", r.Agreed, r.Worst.Round(time.Millisecond))
	fmt.Fprintf(t, "implied\t%d\tbetween two runs that were seen\n", r.Implied)
	fmt.Fprintf(t, "late\t%d\tthe other beat ran it late\n", r.Late)
	fmt.Fprintf(t, "extra\t%d\tgobeat would not have run it\n", r.Extra)
	fmt.Fprintf(t, "silent\t%d\tthe other beat did not run it\n", r.Silent)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}
