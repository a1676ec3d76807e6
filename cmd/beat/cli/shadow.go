package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/beat/shadow"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// shadowing are the flags of a run that only compares itself with another beat.
type shadowing struct {
	on        bool
	tolerance time.Duration
	grace     time.Duration
	report    time.Duration
}

func (s *shadowing) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&s.on, "shadow", false, "send nothing; compare what another beat does over the same rows with what this one would do")
	f.DurationVar(&s.tolerance, "shadow-tolerance", shadow.DefaultTolerance, "how far behind its instant a run of the other may be")
	f.DurationVar(&s.grace, "shadow-grace", shadow.DefaultGrace, "after which a run that the other does not show is missing")
	f.DurationVar(&s.report, "shadow-report", shadow.DefaultEvery, "time between two reports in the log")
}

func (s *shadowing) check() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"shadow-tolerance", s.tolerance},
		{"shadow-grace", s.grace},
		{"shadow-report", s.report},
	} {
		if d.value <= 0 {
			return &UsageError{Problem: "--" + d.flag + " is " + d.value.String() + ", must be more than 0"}
		}
	}
	return nil
}

// run compares until ctx ends, and then prints what it found. Neither pidfile nor --detach count: they are those of the
// other beat, whose command line this one may share.
func (s *shadowing) run(ctx context.Context, a *App, cfg *config.Config, log *journal) (err error) {
	build, err := a.Builder(*cfg)
	if err != nil {
		return err
	}
	st, err := a.openStore(ctx, *cfg, log.Logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if !st.Features().Inherits {
		return &config.FieldError{
			Field: "beat_scheduler", Value: cfg.Beat.Scheduler, Source: cfg.Origin("beat_scheduler"),
			Problem: "has no rows that another beat runs: --shadow needs those of another scheduler, such as -S django or " +
				"-S sqlalchemy",
		}
	}
	log.Info("in the shadow of another beat, nothing is sent", "database", cfg.Database.URL, "tolerance", s.tolerance, "grace", s.grace)
	report := shadow.New(shadow.Config{
		Entries: st, Planner: a.Compiler(*cfg, build), Logger: log.Logger, Poll: cfg.Beat.Poll(),
		Tolerance: s.tolerance, Grace: s.grace, Every: s.report,
	}).Run(ctx)
	return a.Emit(report, report.Print)
}
