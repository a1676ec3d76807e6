package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

const (
	clocksApart = "the clocks of this host and of the store disagree"
	mostUnaware = 2 * time.Second // from a step to the line about it
)

// clockFile steps a clock by writing into a file.
type clockFile struct {
	path   string
	format func(time.Duration) string
}

func (c clockFile) set(ahead time.Duration) error {
	// Not in place: whoever reads must not see half of it.
	next := c.path + ".next"
	if err := os.WriteFile(next, []byte(c.format(ahead)), 0o644); err != nil { //nolint:gosec // the server has another account
		return fmt.Errorf("step a clock: %w", err)
	}
	return os.Rename(next, c.path)
}

// localClockSteps steps the clock of the beat by an hour, in both directions and back.
func localClockSteps(ctx context.Context, b *Bench) (err error) {
	s, err := b.site(ctx, server.Redis())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	clock := clockFile{filepath.Join(s.Dir, "clock"), time.Duration.String}
	if err := clock.set(0); err != nil {
		return err
	}
	return b.stepClock(ctx, s, clock, []time.Duration{time.Hour, -time.Hour}, "BEAT_CLOCK_FILE="+clock.path)
}

// databaseClockSteps does so with the clock of the database, by libfaketime.
func databaseClockSteps(ctx context.Context, b *Bench) (err error) {
	found, err := filepath.Glob("/usr/lib/*/faketime/libfaketime.so.1")
	if err != nil || len(found) == 0 {
		return errors.Join(errors.New("libfaketime of Debian package libfaketime is not installed"), err)
	}
	dir, err := os.MkdirTemp("", "gobeat-clock-")
	if err != nil {
		return fmt.Errorf("make a directory for the clock: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL has a user of its own
		return fmt.Errorf("let PostgreSQL read the clock: %w", err)
	}
	clock := clockFile{filepath.Join(dir, "database-clock"), func(d time.Duration) string { return fmt.Sprintf("%+d\n", int(d.Seconds())) }}
	if err := clock.set(0); err != nil {
		return err
	}
	s, _, err := b.ownDatabase(ctx, server.Postgres().With("LD_PRELOAD="+found[0], "FAKETIME_TIMESTAMP_FILE="+clock.path,
		"FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"))
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	return b.stepClock(ctx, s, clock, []time.Duration{30 * time.Second, -30 * time.Second, 2 * time.Hour, -2 * time.Hour})
}

// stepClock steps a clock away and back, several times, while a beat runs.
func (b *Bench) stepClock(ctx context.Context, s *site.Site, clock clockFile, steps []time.Duration, env ...string) error {
	beat, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All), env...)
	if err != nil {
		return err
	}
	var unaware time.Duration
	for _, step := range pick(b, steps[:2], steps) {
		begin := time.Now()
		if err := clock.set(step); err != nil {
			return err
		}
		_, told, err := beat.Wait(ctx, clocksApart)
		if err != nil {
			return err
		}
		unaware = max(unaware, told.Sub(begin))
		if err := errors.Join(sleep(ctx, pick(b, 2*time.Second, 30*time.Second)), clock.set(0)); err != nil {
			return err
		}
		if _, _, err := beat.Wait(ctx, "the clocks agree again"); err != nil {
			return err
		}
		s.Fault("clock", step.String(), begin, time.Now().Add(5*time.Second))
	}
	v, _, err := b.finish(ctx, s, from, pick(b, 2*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()), OK: v.Clean() && v.Due > 0 && unaware <= mostUnaware,
		Figure: fmt.Sprintf("steps %v: early %d, lost %d of %d, doubled %d; told within %s%s", pick(b, steps[:2], steps),
			len(v.Early), len(v.Lost), v.Due, len(v.DupSame), seconds(unaware), wrongs(&v)),
		Bar: "early 0, lost 0, doubled 0, told within " + seconds(mostUnaware), Values: &v,
	})
	return nil
}
