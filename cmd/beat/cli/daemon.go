package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// daemon runs one scheduler after the other: a new one takes the place of the old one when the settings change.
type daemon struct {
	app     *App
	log     *journal
	monitor *monitor
	told    told
	seat    *seat // of its schedulers
}

// scheduler is a beat with what it works on. Two of them may share a store or a publisher while one takes over.
type scheduler struct {
	cfg     config.Config
	st      Store
	pubs    []beat.Publisher // one for each shard
	build   *message.Builder
	compile *beat.Compiler
	beat    *beat.Beat
}

// run works until ctx ends. It only fails when the settings it was started with cannot work.
func (d *daemon) run(ctx context.Context, cfg config.Config, hangups <-chan os.Signal) (err error) {
	if err := d.open(ctx, &cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.monitor.close()) }()
	if d.seat, err = d.monitor.seat(cfg.Tenant()); err != nil {
		return err
	}
	st, cfg, err := d.waitForStore(ctx, cfg, hangups)
	if err != nil {
		return err
	}
	if st == nil { // told to stop before there was one
		d.log.Info("stopped")
		return nil
	}
	s, err := d.assemble(ctx, cfg, &scheduler{cfg: cfg, st: st})
	if err != nil {
		return errors.Join(err, st.Close())
	}
	for {
		next, err := d.runUntil(ctx, s, hangups)
		if closeErr := s.close(next); closeErr != nil {
			d.log.Warn("could not close cleanly", "error", closeErr)
		}
		if next == nil {
			d.log.Info("stopped")
			return err
		}
		s = next
	}
}

// open starts the monitor, and says that the process is ready.
func (d *daemon) open(ctx context.Context, cfg *config.Config) (err error) {
	if d.monitor, err = startMonitor(ctx, &cfg.Beat); err != nil {
		return err
	}
	if s := d.monitor.server; s != nil {
		d.log.Info("serving health and metrics", "address", s.Address())
	}
	if err := d.app.ready(); err != nil {
		return errors.Join(err, d.monitor.close())
	}
	return nil
}

// runUntil runs a scheduler until ctx ends, or until settings have come that another one is to run with.
func (d *daemon) runUntil(ctx context.Context, s *scheduler, hangups <-chan os.Signal) (*scheduler, error) {
	var asking sync.WaitGroup
	defer asking.Wait()
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	d.seat.running.Store(s.beat)
	if s.asks() {
		q := d.inquiry(s)
		asking.Go(func() { q.run(running) })
	}
	go func() { ended <- s.beat.Run(running) }()
	for {
		select {
		case err := <-ended:
			return nil, err
		case sig := <-hangups:
			if opensLogOnly(sig) {
				d.openLog(s.cfg.Log.File)
				continue
			}
			next, err := d.reload(ctx, s)
			if err != nil {
				d.stay(err)
				continue
			}
			if next == nil {
				continue
			}
			stop()
			return next, <-ended
		}
	}
}

// inquiry asks the workers on behalf of a scheduler.
func (d *daemon) inquiry(s *scheduler) *inquiry {
	cfg := s.cfg // which may get another log while the inquiry runs
	return &inquiry{
		rows: s.st, wants: wantsOfRow(s.compile, s.build), told: &d.told, log: d.log.Logger,
		ask: func(ctx context.Context) (*pidbox.Workers, error) {
			return d.app.askWorkers(ctx, cfg, inquiryTimeout)
		},
		leads: func() bool { return leads(s.beat.Health()) },
	}
}

// asks tells whether workers are to be asked. Those that take signed messages refuse any other request, and log that.
func (s *scheduler) asks() bool { return s.cfg.Control.AskWorkers && s.cfg.Task.Serializer != "auth" }

// leads tells whether the process leads; of several shards the first one counts, so that one process does what one is to do.
func leads(h beat.Health) bool {
	if len(h.Shards) > 0 {
		h = h.Shards[0]
	}
	return h.State == beat.StateLeading
}

// sayApp logs what became of the app when it was asked again.
func (d *daemon) sayApp(cfg *config.Config) {
	if w := d.app.imported.settings.Warning; w != "" {
		d.log.Warn("odd setting", "detail", w)
	}
	d.app.imported.log(d.log.Logger, cfg)
}

// openLog opens the log anew, after it was rotated.
func (d *daemon) openLog(file string) {
	if err := d.log.out.open(file); err != nil {
		d.log.Error("the log could not be opened anew, it goes on as before", "error", err)
		return
	}
	d.log.Info("the log was opened anew")
}

// stay says why settings that were read again do not count.
func (d *daemon) stay(err error) {
	d.log.Error("the settings could not be changed, the old ones stay", "error", err)
}

// reread reads the settings again, and tells whether they call for another scheduler. What concerns the log counts at once.
func (d *daemon) reread(ctx context.Context, now *config.Config) (config.Config, bool, error) {
	d.app.importApp(ctx)
	cfg, err := d.app.Config()
	if err != nil {
		return cfg, false, err
	}
	if cfg.Each() != now.Each() {
		return cfg, false, errors.New("database_schemas must not begin or cease to name several schemas; start anew for that")
	}
	if err := d.log.apply(cfg.Log); err != nil {
		return cfg, false, err
	}
	now.Log = cfg.Log
	if reflect.DeepEqual(relevant(cfg), relevant(*now)) {
		d.sayApp(&cfg)
		d.log.Info("settings read again, nothing has changed")
		return cfg, false, nil
	}
	return cfg, true, nil
}

// sayChanged logs that other settings count.
func (d *daemon) sayChanged(former, cfg *config.Config) {
	if cfg.Beat.HTTP != former.Beat.HTTP {
		d.log.Warn("the setting http counts from the next start on", "http", cfg.Beat.HTTP)
	}
	d.log.Info("settings have changed", "database", cfg.Database.URL, "broker", cfg.Broker.Effective(),
		"timezone", zoneName(cfg))
	for _, w := range cfg.Warnings() {
		d.log.Warn("odd setting", "detail", w)
	}
}

// reload reads the settings again. It returns nil when no other scheduler is needed.
func (d *daemon) reload(ctx context.Context, s *scheduler) (*scheduler, error) {
	cfg, changed, err := d.reread(ctx, &s.cfg)
	if err != nil || !changed {
		return nil, err
	}
	next, err := d.assemble(ctx, cfg, s)
	if err != nil {
		return nil, err
	}
	if err := d.bringInLine(ctx, cfg, next.st); err != nil {
		return nil, errors.Join(err, next.close(s))
	}
	d.sayChanged(&s.cfg, &cfg)
	return next, nil
}

// relevant returns the settings that a scheduler is made of.
func relevant(c config.Config) []any {
	return []any{c.Database, c.Tenants, c.Broker, c.Task, c.Clock, c.Control, c.Beat}
}

// sameStore tells whether both settings mean the same store.
func sameStore(a, b *config.Config) bool { return reflect.DeepEqual(ofStore(a), ofStore(b)) }

// ofStore is what a store is opened with.
func ofStore(c *config.Config) []any {
	of := []any{c.Database, c.Clock.Django, c.Beat.Kind(), zoneOfRows(c)}
	if c.Beat.Kind() == config.KindRedBeat {
		of = append(of, c.Beat.RedBeat, c.RedBeatTLS(), c.Unlocked())
	}
	return of
}

// assemble makes a scheduler, with store and publisher of the former one where their settings are the same.
func (d *daemon) assemble(ctx context.Context, cfg config.Config, former *scheduler) (*scheduler, error) {
	s := &scheduler{cfg: cfg}
	err := d.fill(ctx, s, former)
	if err != nil {
		return nil, errors.Join(err, s.close(former))
	}
	return s, nil
}

func (d *daemon) fill(ctx context.Context, s, former *scheduler) (err error) {
	if s.build, err = d.app.Builder(s.cfg); err != nil {
		return err
	}
	s.compile = d.app.Compiler(s.cfg, s.build)
	s.st = former.st
	if !sameStore(&former.cfg, &s.cfg) {
		if s.st, err = d.app.openStore(ctx, s.cfg, d.log.Logger); err != nil {
			return err
		}
		if f := s.st.Features(); len(f.Limits()) > 0 {
			d.log.Info("what the store cannot do", "store", f.Name, "limits", f.Limits())
		}
	}
	if reflect.DeepEqual(former.cfg.Broker, s.cfg.Broker) && len(former.pubs) == s.cfg.Beat.Shards {
		s.pubs = former.pubs
	}
	for len(s.pubs) < s.cfg.Beat.Shards {
		pub, err := d.app.openPublisher(s.cfg, d.log.Logger)
		if err != nil {
			return err
		}
		s.pubs = append(s.pubs, pub)
	}
	s.beat, err = beat.New(beat.Config{
		Store: s.st, Publisher: s.pubs[0], Spread: s.pubs[1:], Builder: s.build, Compiler: s.compile,
		Deployment: s.cfg.Deployment(), HolderName: holderName(),
		PollInterval: s.cfg.Beat.Poll(), LeaseTTL: s.cfg.Beat.LeaseTTL, MisfireGrace: s.cfg.Beat.MisfireGrace,
		DrainTimeout: s.cfg.Beat.DrainTimeout, BareMessages: s.cfg.Beat.BareMessages, Trace: s.cfg.Beat.Trace,
		StartingDeadline: s.cfg.Beat.StartingDeadline, CatchUpRate: s.cfg.Beat.CatchUpRate,
		UnhealthyAfter: s.cfg.Beat.UnhealthyAfter, ExitUnhealthy: s.cfg.Beat.ExitUnhealthy,
		Heartbeat: d.app.heartbeat(&s.cfg), Observer: d.seat.observer, Logger: d.log.Logger,
		Clock: localClock(),
	})
	return err
}

// close closes what the other scheduler does not use; nil means that there is none.
func (s *scheduler) close(other *scheduler) error {
	var errs []error
	for _, pub := range s.pubs {
		if other == nil || !slices.Contains(other.pubs, pub) {
			errs = append(errs, pub.Close())
		}
	}
	if s.st != nil && (other == nil || other.st != s.st) {
		errs = append(errs, s.st.Close())
	}
	return errors.Join(errs...)
}

// holderName tells people which process holds the lease.
func holderName() string {
	return fmt.Sprintf("%s:%d", hostname(), os.Getpid())
}
