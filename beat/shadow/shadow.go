package shadow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Entries is what is watched. *beat.Store implementations have it.
type Entries interface {
	Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error)
	Latest(ctx context.Context) (beat.Version, error)
	Since(ctx context.Context, v beat.Version) (changed []beat.Entry, deleted []beat.EntryID, next beat.Version, err error)
}

// Planner checks entries; *beat.Compiler is one.
type Planner interface {
	Plan(e *beat.Entry) (*beat.Plan, *beat.EntryError)
}

// Defaults of Config.
const (
	DefaultTolerance = 10 * time.Second
	DefaultGrace     = 5 * time.Minute // django-celery-beat writes each three minutes, and a pass through its table takes one
	DefaultEvery     = 24 * time.Hour
)

// Config says what to watch. The zero value of a duration stands for its default.
type Config struct {
	Entries   Entries
	Planner   Planner
	Logger    *slog.Logger
	Poll      time.Duration // between two looks at the entries
	Tolerance time.Duration // a run up to that much behind its instant agrees
	Grace     time.Duration // a run that the other has not shown for longer is missing
	Every     time.Duration // between two reports in the log
}

// Shadow compares until it is told to stop. It is used once, by one goroutine.
type Shadow struct {
	cfg      Config
	subjects map[beat.EntryID]*subject
	bad      map[beat.EntryID]string // why an entry is set aside
	version  beat.Version
	report   Report
}

const pageSize = 2000

// New returns a Shadow.
func New(c Config) *Shadow {
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&c.Poll, time.Second},
		{&c.Tolerance, DefaultTolerance},
		{&c.Grace, DefaultGrace},
		{&c.Every, DefaultEvery},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	return &Shadow{cfg: c, subjects: map[beat.EntryID]*subject{}, bad: map[beat.EntryID]string{}}
}

// Run watches until ctx ends and returns what it found. A store that cannot be read is tried again with the next look.
func (s *Shadow) Run(ctx context.Context) Report {
	s.report.Since = time.Now().UTC()
	poll, daily := time.NewTicker(s.cfg.Poll), time.NewTicker(s.cfg.Every)
	defer poll.Stop()
	defer daily.Stop()
	loaded, working := false, true
	for {
		err := s.step(ctx, &loaded)
		switch {
		case ctx.Err() != nil:
			return s.sum()
		case err != nil && working:
			s.cfg.Logger.Error("the entries cannot be read, will keep trying", "error", err)
		case err == nil && !working:
			s.cfg.Logger.Info("the entries can be read again")
		}
		working = err == nil
		select {
		case <-poll.C:
		case <-daily.C:
			s.say(s.sum())
		case <-ctx.Done():
			return s.sum()
		}
	}
}

// step takes in what has changed, everything at first, and looks for what is overdue.
func (s *Shadow) step(ctx context.Context, loaded *bool) error {
	var err error
	if *loaded {
		err = s.changes(ctx)
	} else {
		err = s.load(ctx)
	}
	if errors.Is(err, beat.ErrTooOld) {
		err = s.load(ctx)
	}
	if err != nil {
		return err
	}
	*loaded = true
	now := time.Now()
	for _, sub := range s.subjects {
		if f, found := sub.overdue(now, s.cfg.Grace); found {
			s.note(f)
		}
	}
	return nil
}

// load reads all entries. The version is taken before, so that nothing is missed in between.
func (s *Shadow) load(ctx context.Context) error {
	version, err := s.cfg.Entries.Latest(ctx)
	if err != nil {
		return fmt.Errorf("look for changes: %w", err)
	}
	known := map[beat.EntryID]bool{}
	for token := beat.PageToken(""); ; {
		page, next, err := s.cfg.Entries.Load(ctx, token, pageSize)
		if err != nil {
			return fmt.Errorf("load entries: %w", err)
		}
		for i := range page {
			known[page[i].ID] = true
			s.see(&page[i])
		}
		if token = next; token == "" {
			break
		}
	}
	for id := range s.subjects {
		if !known[id] {
			s.forget(id)
		}
	}
	s.version = version
	return nil
}

func (s *Shadow) changes(ctx context.Context) error {
	latest, err := s.cfg.Entries.Latest(ctx)
	if err != nil || latest.Same(s.version) {
		return err
	}
	changed, deleted, next, err := s.cfg.Entries.Since(ctx, s.version)
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	for i := range changed {
		s.see(&changed[i])
	}
	for _, id := range deleted {
		s.forget(id)
	}
	s.version = next
	return nil
}

// see takes in an entry as it is now. Its run is judged by the plan that counted before: a one-off task is switched off
// with its run.
func (s *Shadow) see(e *beat.Entry) {
	known := s.subjects[e.ID]
	if known != nil {
		if f, found := known.look(e.RanAt, s.cfg.Tolerance); found {
			s.note(f)
		}
	}
	plan, bad := s.cfg.Planner.Plan(e)
	switch {
	case bad != nil:
		delete(s.subjects, e.ID)
		if reason := bad.Error(); s.bad[e.ID] != reason {
			s.bad[e.ID] = reason
			s.cfg.Logger.Warn("gobeat would set this entry aside", "name", e.Name, "reason", reason)
		}
		return
	case !plan.Running:
		s.forget(e.ID)
		return
	}
	delete(s.bad, e.ID)
	if known == nil || known.plan.Hash != plan.Hash {
		fresh := observe(plan, e.RanAt, time.Now())
		s.subjects[e.ID] = &fresh
		return
	}
	known.plan = plan
}

func (s *Shadow) forget(id beat.EntryID) {
	delete(s.subjects, id)
	delete(s.bad, id)
}

func (s *Shadow) note(f Finding) {
	s.report.add(f)
	if f.Kind == Agreed {
		s.cfg.Logger.Debug("both beats agree", "name", f.Name, "due", f.Due, "ran", f.Ran)
		return
	}
	s.cfg.Logger.Warn("the beats differ", "kind", string(f.Kind), "name", f.Name, "due", f.Due, "ran", f.Ran)
}

func (s *Shadow) sum() Report {
	r := s.report
	r.Until, r.Entries, r.Bad = time.Now().UTC(), len(s.subjects)+len(s.bad), len(s.bad)
	return r
}

func (s *Shadow) say(r Report) {
	s.cfg.Logger.Info("report of the shadow", "agrees", r.Agrees(), "entries", r.Entries, "set_aside", r.Bad, "agreed", r.Agreed,
		"implied", r.Implied, "late", r.Late, "extra", r.Extra, "silent", r.Silent, "worst", r.Worst)
}
