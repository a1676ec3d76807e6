package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
)

// What beats print.
const (
	leading    = `"msg":"leading"`
	standingBy = `"msg":"standing by, another beat leads"`
)

// begin loads rows and returns the instant from which on their runs must arrive: the first beat of a database makes up
// nothing from before it led, so it has to lead by then.
func (b *Bench) begin(ctx context.Context, s *site.Site, rows []history.Row) (time.Time, error) {
	if err := s.Load(ctx, rows); err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(2 * ahead), nil
}

// lead starts a beat and waits until it leads.
func lead(ctx context.Context, s *site.Site, name string, env ...string) (*site.Program, error) {
	p, err := s.Beat(name, env...)
	if err != nil {
		return nil, err
	}
	_, _, err = p.Wait(ctx, leading)
	return p, err
}

// standBy starts a beat and waits until it stands by.
func standBy(ctx context.Context, s *site.Site, name string, env ...string) (*site.Program, error) {
	p, err := s.Beat(name, env...)
	if err != nil {
		return nil, err
	}
	_, _, err = p.Wait(ctx, standingBy)
	return p, err
}

// epochOf reads the epoch from the line by which a beat says that it leads.
func epochOf(line string) (int64, error) {
	var l struct{ Epoch int64 }
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		return 0, fmt.Errorf("read %q: %w", line, err)
	}
	return l.Epoch, nil
}

// closing ends a site whatever happened.
func closing(err error, s *site.Site) error { return errors.Join(err, s.Close()) }

// unless replaces the text of a figure that is not as it should be.
func (f Figure) unless(fine bool, text string) Figure {
	if !fine {
		f.Figure = text
	}
	return f
}

// ms writes a time in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// seconds writes a time in seconds.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
