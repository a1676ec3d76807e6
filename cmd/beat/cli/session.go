package cli

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// session is what a command about rows works with.
type session struct {
	store   Store
	config  config.Config
	zone    *time.Location // of schedules that name none
	build   *message.Builder
	compile *beat.Compiler
	now     time.Time
}

// inSession opens the store, does the work and closes the store.
func inSession(ctx context.Context, app *App, work func(*session) error) error {
	cfg, err := app.Config()
	if err != nil {
		return err
	}
	store, err := app.OpenStore(ctx, cfg)
	if err != nil {
		return err
	}
	s, err := newSession(app, cfg, store)
	if err == nil {
		err = work(s)
	}
	if cerr := store.Close(); err == nil {
		err = cerr
	}
	return err
}

func newSession(app *App, cfg config.Config, store Store) (*session, error) {
	zone, err := cfg.Location()
	if err != nil {
		return nil, err
	}
	build, err := app.Builder(cfg)
	if err != nil {
		return nil, err
	}
	return &session{
		store: store, config: cfg, zone: zone, build: build, compile: app.Compiler(cfg, build), now: time.Now().UTC(),
	}, nil
}

// zoneOf returns the zone in which people think of a schedule.
func (s *session) zoneOf(e *beat.Entry) *time.Location {
	if e.Spec.Timezone != "" {
		if zone, err := loadZone(e.Spec.Timezone); err == nil {
			return zone
		}
	}
	return s.zone
}

// renderer makes messages as the scheduler of the same settings does.
func (s *session) renderer() *beat.Renderer {
	return &beat.Renderer{
		Build:    s.build,
		Identity: beat.NewIdentity(s.config.Deployment(), s.store.Features().Source),
		Bare:     s.config.Beat.BareMessages,
	}
}
