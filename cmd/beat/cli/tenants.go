package cli

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// runEach runs a scheduler for each of several schemas until ctx ends. Each has a state, a lease and connections of its
// own, so that one whose tables are missing or broken holds up no other.
func (d *daemon) runEach(ctx context.Context, cfg config.Config, hangups <-chan os.Signal) (err error) {
	if err := d.open(ctx, &cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.monitor.close()) }()
	d.log.Info("a scheduler for each schema", "schemas", cfg.Tenants.Schemas)
	for next := &cfg; next != nil; {
		next, err = d.eachUntil(ctx, *next, hangups)
	}
	d.log.Info("stopped")
	return err
}

// eachUntil runs the schedulers until ctx ends, or until settings have come that others are to run with.
func (d *daemon) eachUntil(ctx context.Context, cfg config.Config, hangups <-chan os.Signal) (*config.Config, error) {
	var all sync.WaitGroup
	defer all.Wait()
	running, stop := context.WithCancel(ctx)
	defer stop()
	for _, schema := range cfg.Tenants.Schemas {
		one, err := d.of(schema)
		if err != nil {
			return nil, err
		}
		all.Go(func() { one.keep(running, cfg.Of(schema)) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case sig := <-hangups:
			if opensLogOnly(sig) {
				d.openLog(cfg.Log.File)
				continue
			}
			next, changed, err := d.reread(ctx, &cfg)
			if err != nil {
				d.stay(err)
				continue
			}
			if changed {
				d.sayApp(&next)
				d.sayChanged(&cfg, &next)
				return &next, nil
			}
		}
	}
}

// of returns the daemon of one schema.
func (d *daemon) of(schema string) (*daemon, error) {
	place, err := d.monitor.seat(schema)
	if err != nil {
		return nil, err
	}
	log := *d.log
	log.Logger = d.log.With("schema", schema)
	return &daemon{app: d.app, log: &log, monitor: d.monitor, seat: place}, nil
}

// keep runs a scheduler until ctx ends, another one when it ends by itself.
func (d *daemon) keep(ctx context.Context, cfg config.Config) {
	for ctx.Err() == nil {
		if err := d.once(ctx, cfg); err != nil {
			d.log.Error("the scheduler of a schema ended, there will be another one", "error", err)
			pause(ctx, lastRetry)
		}
	}
}

func (d *daemon) once(ctx context.Context, cfg config.Config) error {
	st, cfg, err := d.waitForStore(ctx, cfg, nil)
	if err != nil || st == nil {
		return err
	}
	s, err := d.assemble(ctx, cfg, &scheduler{cfg: cfg, st: st})
	if err != nil {
		return errors.Join(err, st.Close())
	}
	d.seat.running.Store(s.beat)
	defer d.seat.running.Store(nil)
	return errors.Join(s.beat.Run(ctx), s.close(nil))
}
