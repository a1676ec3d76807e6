package trial

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// lostCommits kills a database that acknowledges commits before they are on the disk, as an asynchronous failover does.
// What is claimed again then has the same ids.
func lostCommits(ctx context.Context, b *Bench) (err error) {
	s, database, err := b.ownDatabase(ctx, server.Postgres(), "-c", "synchronous_commit=off", "-c", "wal_writer_delay=10000ms",
		"-c", "wal_writer_flush_after=100MB", "-c", "bgwriter_lru_maxpages=0", "-c", "autovacuum=off")
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	_, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	lost := int64(0)
	for range pick(b, 1, 10) {
		// Everything up to here stays.
		if err := errors.Join(s.Exec(ctx, "checkpoint"), sleep(ctx, 3*time.Second)); err != nil {
			return err
		}
		const settledRuns = `select count(*) from beat_ledger`
		before, err := s.Number(ctx, settledRuns)
		if err != nil {
			return err
		}
		begin := time.Now()
		if err := errors.Join(database.Kill(), database.Start(ctx), s.Reconnect(ctx)); err != nil {
			return err
		}
		after, err := s.Number(ctx, settledRuns)
		if err != nil {
			return err
		}
		lost += max(0, before-after)
		s.Fault("commits lost", "", begin.Add(-5*time.Second), time.Now().Add(5*time.Second))
	}
	v, _, err := b.finish(ctx, s, from, pick(b, 5*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()), OK: sound(&v) && lost > 0 && int64(len(v.DupSame)) <= lost+mostLag,
		Figure: fmt.Sprintf("the ledger lost %d runs: lost %d of %d, doubled under the same id %d%s", lost, len(v.Lost), v.Due, len(v.DupSame), wrongs(&v)),
		Bar:    "lost 0; doubled at most what was dispatched in the lost tail, under the same id", Values: &v,
	})
	return nil
}

// mostLag is how many runs may have arrived at the moment of the crash and not be in the ledger yet.
const mostLag = 100

// lostData kills a Redis that keeps nothing, while some seconds of messages lie in its queues.
func lostData(ctx context.Context, b *Bench) (err error) {
	s, broker, err := b.ownBroker(ctx, server.Redis())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	beat, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	rounds := pick(b, 1, 5)
	for range rounds {
		begin := time.Now()
		if err := errors.Join(s.Recorder().Signal(syscall.SIGSTOP), sleep(ctx, 3*time.Second), broker.Kill(),
			broker.Start(ctx), s.Recorder().Signal(syscall.SIGCONT)); err != nil {
			return err
		}
		s.Fault("Redis lost its data", "", begin, time.Now().Add(20*time.Second))
		if err := sleep(ctx, pick(b, 6*time.Second, 20*time.Second)); err != nil {
			return err
		}
	}
	v, _, err := b.finish(ctx, s, from, pick(b, 2*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()), OK: sound(&v) && beat.Count("lost") > 0,
		Figure: fmt.Sprintf("%d times all data and 3 s of messages in the queues gone: lost %d of %d, doubled under the same id %d%s", rounds,
			len(v.Lost), v.Due, len(v.DupSame), wrongs(&v)),
		Bar: "lost 0 of the batches of the last 60 s, and the log says so", Values: &v,
	})
	return nil
}
