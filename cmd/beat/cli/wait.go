package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 5 * time.Second
	longWait   = 5 * time.Second // after which it says that it still waits
)

// opened is what became of opening the store; both are nil when it was told to stop before.
type opened struct {
	st  Store
	err error
}

// waitForStore opens the store, again and again until it is there, and heeds signals meanwhile. It returns the settings with
// which it was opened. Without a store and an error ctx has ended.
func (d *daemon) waitForStore(ctx context.Context, cfg config.Config, hangups <-chan os.Signal) (Store, config.Config, error) {
	former, changed := cfg, false // those that stay when other ones cannot work
	for {
		attempts, stop := context.WithCancel(ctx)
		ended := make(chan opened, 1)
		go func(cfg config.Config) { ended <- d.keepOpening(attempts, cfg) }(cfg)
		got, next := d.untilOpened(ctx, &cfg, ended, hangups)
		stop()
		switch _, wrong := errors.AsType[*config.FieldError](got.err); {
		case next != nil:
			if late := <-ended; late.st != nil { // it was opened in the last moment
				if err := late.st.Close(); err != nil {
					d.log.Warn("could not close cleanly", "error", err)
				}
			}
			d.sayChanged(&cfg, next)
			former, cfg, changed = cfg, *next, true
		case wrong && changed:
			d.stay(got.err)
			former.Log = cfg.Log
			cfg, changed = former, false
		default:
			return got.st, cfg, got.err
		}
	}
}

// untilOpened waits for the store and heeds signals. It returns settings when there are other ones to open it with.
func (d *daemon) untilOpened(
	ctx context.Context, cfg *config.Config, ended <-chan opened, hangups <-chan os.Signal,
) (opened, *config.Config) {
	for {
		select {
		case got := <-ended:
			return got, nil
		case sig := <-hangups:
			if opensLogOnly(sig) {
				d.openLog(cfg.Log.File)
				continue
			}
			switch next, changed, err := d.reread(ctx, cfg); {
			case err != nil:
				d.stay(err)
			case changed:
				return opened{}, &next
			}
		}
	}
}

// keepOpening tries until it works, the settings turn out to be wrong, or ctx ends.
func (d *daemon) keepOpening(ctx context.Context, cfg config.Config) opened {
	log := d.log.With("database", cfg.Database.URL)
	said := ""
	for delay := firstRetry; ctx.Err() == nil; delay = min(2*delay, lastRetry) {
		slow := time.AfterFunc(longWait, func() { log.Warn("still waiting for an answer of the database") })
		st, err := d.openInLine(ctx, cfg)
		slow.Stop()
		switch _, wrong := errors.AsType[*config.FieldError](err); {
		case err == nil && said != "":
			log.Info("the database works now")
			return opened{st: st}
		case err == nil || wrong:
			return opened{st, err}
		case ctx.Err() == nil && said != err.Error():
			said = err.Error()
			log.Error("the database cannot be used, will keep trying", "error", err)
		}
		pause(ctx, delay)
	}
	return opened{}
}

// pause returns after the time, or when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
