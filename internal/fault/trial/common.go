package trial

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
)

// What beats print.
const (
	leading        = `"msg":"leading"`
	standingBy     = `"msg":"standing by, another beat leads"`
	stoppedLeading = `"msg":"stopped leading"`
)

const (
	// settled is how long before the end of a run the last instant lies that must have arrived: the run ends by
	// SIGTERM, which lets go of what is not claimed yet.
	settled = 2 * time.Second
	// ahead is how long before its first instant a load is written.
	ahead = 2 * time.Second
	// mostOpen is how many messages RabbitMQ may get twice after a crash: fewer than lie between two markers.
	mostOpen = 63
)

// start is the first instant of a load that is about to be written: a beat counts an interval from when it meets it, if that
// is later.
func (b *Bench) start() time.Time { return time.Now().Add(ahead + b.loads) }

// begin loads rows, starts a beat and waits until it leads and rows are due. It returns the instant from which on runs
// must arrive: the first beat of a database makes up nothing from before it led.
func (b *Bench) begin(ctx context.Context, s *site.Site, rows []history.Row, env ...string) (*site.Program, time.Time, error) {
	return b.beginWith(ctx, s, b.Tools.Beat, rows, env...)
}

// beginWith does so with a beat of another build.
func (b *Bench) beginWith(
	ctx context.Context, s *site.Site, program string, rows []history.Row, env ...string,
) (*site.Program, time.Time, error) {
	if err := s.Load(ctx, rows); err != nil {
		return nil, time.Time{}, err
	}
	first, err := s.BeatOf(ctx, program, "beat-0", env...)
	if err != nil {
		return nil, time.Time{}, err
	}
	if _, _, err := first.Wait(ctx, leading); err != nil {
		return nil, time.Time{}, err
	}
	from := time.Now().Add(ahead)
	for i := range rows {
		if start := time.UnixMicro(rows[i].Start); start.After(from) {
			from = start
		}
	}
	return first, from, sleep(ctx, time.Until(from))
}

// lead starts a beat and waits until it leads.
func lead(ctx context.Context, s *site.Site, name string, env ...string) (*site.Program, error) {
	p, err := s.Beat(ctx, name, env...)
	if err != nil {
		return nil, err
	}
	_, _, err = p.Wait(ctx, leading)
	return p, err
}

// standBy starts a beat and waits until it stands by.
func standBy(ctx context.Context, s *site.Site, name string, env ...string) (*site.Program, error) {
	p, err := s.Beat(ctx, name, env...)
	if err != nil {
		return nil, err
	}
	_, _, err = p.Wait(ctx, standingBy)
	return p, err
}

// leads waits until a beat that stands by leads, and returns its epoch.
func leads(ctx context.Context, p *site.Program) (int64, error) {
	line, _, err := p.Wait(ctx, leading)
	if err != nil {
		return 0, err
	}
	var l struct{ Epoch int64 }
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		return 0, fmt.Errorf("read %q: %w", line, err)
	}
	return l.Epoch, nil
}

// finish lets a run go on in quiet, ends it and judges what was due from from on.
func (b *Bench) finish(ctx context.Context, s *site.Site, from time.Time, quiet time.Duration) (check.Verdict, []history.Arrival, error) {
	if err := errors.Join(sleep(ctx, quiet), catchUp(ctx, s), sleep(ctx, settled)); err != nil {
		return check.Verdict{}, nil, err
	}
	return s.Judge(ctx, from, time.Now().Add(-settled))
}

// mostBehind is how long a beat may take to make up what it missed. What is not made up by then counts as lost.
const mostBehind = 2 * time.Minute

// catchUp waits until no run is planned for a time that has passed.
func catchUp(ctx context.Context, s *site.Site) error {
	for limit := time.Now().Add(mostBehind); time.Now().Before(limit); {
		behind, err := s.Behind(ctx)
		if err != nil || behind == 0 {
			return err
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// closing ends a site whatever happened.
func closing(ctx context.Context, err error, s *site.Site) error {
	return errors.Join(err, s.Close(ctx))
}

// sound tells whether nothing is wrong with a run but doubles under the same id, which have a bar of their own.
func sound(v *check.Verdict) bool {
	return v.Due > 0 && len(v.Lost)+len(v.DupOther)+len(v.Early)+len(v.Phantom)+len(v.Wrong)+len(v.LedgerLie) == 0
}

// wrongs lists what is wrong with a run, "" when nothing is.
func wrongs(v *check.Verdict) string {
	var text strings.Builder
	for _, w := range []struct {
		name string
		all  []check.Finding
	}{
		{"lost", v.Lost},
		{"doubled under another id", v.DupOther},
		{"early", v.Early},
		{"phantom", v.Phantom},
		{"wrong", v.Wrong},
		{"false in the ledger", v.LedgerLie},
	} {
		if len(w.all) > 0 {
			fmt.Fprintf(&text, ", %s %d (%s)", w.name, len(w.all), w.all[0].Note)
		}
	}
	return text.String()
}

// perFault returns how many of the doubles each of some crashes made, whose moments are in order: the first one after the
// run was due. When its message arrived says less, for on a machine under load arrivals lag behind.
func perFault(doubles []check.Finding, moments []time.Time) []int {
	counts := make([]int, len(moments))
	for _, d := range doubles {
		i, _ := slices.BinarySearchFunc(moments, d.Instant, func(m time.Time, at int64) int { return cmp.Compare(history.Micro(m), at) })
		if i < len(counts) {
			counts[i]++
		}
	}
	return counts
}

// moments returns when messages arrived, in order.
func moments(arrivals []history.Arrival) []time.Time {
	all := make([]time.Time, len(arrivals))
	for i := range arrivals {
		all[i] = time.UnixMicro(arrivals[i].At)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// mostDoubles is the bar of doubles for one crash.
func mostDoubles(broker string) int {
	if broker == "Redis" {
		return 0
	}
	return mostOpen
}

// spread are the percentiles of some times.
type spread []time.Duration

func newSpread(all []time.Duration) spread {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return sorted
}

// at returns the time that a part of them, above 0 and up to 1, does not exceed.
func (s spread) at(part float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[max(0, min(len(s)-1, int(part*float64(len(s))+0.999999)-1))]
}

// String writes the middle, the tail and the worst.
func (s spread) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, worst %s of %d", seconds(s.at(0.5)), seconds(s.at(0.99)), seconds(s.at(1)), len(s))
}

// MarshalJSON writes seconds.
func (s spread) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"n": len(s), "p50_s": s.at(0.5).Seconds(), "p99_s": s.at(0.99).Seconds(), "worst_s": s.at(1).Seconds(),
	})
}

// ms writes a time in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// seconds writes a time in seconds.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
