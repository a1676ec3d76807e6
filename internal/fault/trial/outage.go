package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// mostBatches is how many batches may be open at a time, and so what an outage may add to the database.
const mostBatches = 4

// outages stops the broker for a while. Half of the rows make up every run, the other half only the latest.
func outages(ctx context.Context, b *Bench) error {
	for _, kind := range kinds() {
		if err := b.outage(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind.Name, err)
		}
		if err := b.outageOfPeers(ctx, kind); err != nil {
			return fmt.Errorf("%s: %w", kind.Name, err)
		}
	}
	return nil
}

// ownBroker makes a site on a broker that it may harm. A Redis keeps what it has on its disk.
func (b *Bench) ownBroker(ctx context.Context, kind server.Kind, args ...string) (*site.Site, *server.Server, error) {
	broker, err := b.Servers.Own(ctx, kind, args...)
	if err != nil {
		return nil, nil, err
	}
	database, err := b.Servers.Shared(ctx, server.Postgres())
	if err != nil {
		return nil, nil, err
	}
	s, err := b.siteOn(ctx, database, broker)
	return s, broker, err
}

// durable are the arguments by which a broker of a kind keeps everything over a clean stop.
func durable(kind server.Kind) []string {
	if kind.Name == server.Redis().Name {
		return []string{"--appendonly", "yes", "--appendfsync", "everysec"}
	}
	return nil
}

func (b *Bench) outage(ctx context.Context, kind server.Kind) (err error) {
	s, broker, err := b.ownBroker(ctx, kind, durable(kind)...)
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	rows := site.Mixed(200, time.Now().Add(ahead), history.All)
	for i := 1; i < len(rows); i += 2 {
		rows[i].Misfire = history.Last
	}
	beat, from, err := b.begin(ctx, s, rows)
	if err != nil {
		return err
	}
	o := pause{s: s, beat: beat}
	if err := o.during(ctx, "broker stopped", pick(b, 8*time.Second, time.Minute), broker.Stop, func() error {
		return broker.Start(ctx)
	}); err != nil {
		return err
	}
	v, arrivals, err := b.finish(ctx, s, from, pick(b, 4*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	back := firstAfter(arrivals, o.end)
	b.figure(Figure{
		Who: Gobeat, Broker: title(kind),
		OK: sound(&v) && v.GivenUp > 0 && o.open <= mostBatches && o.ledger == 0 && o.grown() <= 0.05,
		Figure: fmt.Sprintf("away %s: lost %d of %d (policy all), %d given up for the latest (policy last), doubled %d; "+
			"open batches %d, ledger +%d rows, memory %+.1f %%; first message %s after it was back%s",
			seconds(o.end.Sub(o.begin)), len(v.Lost), v.Due, v.GivenUp, len(v.DupSame), o.open, o.ledger, 100*o.grown(), seconds(back), wrongs(&v)),
		Bar:    fmt.Sprintf("lost 0; open batches ≤ %d, ledger + 0; memory + ≤ 5 %%", mostBatches),
		Values: &v,
	})
	return nil
}

// pause is a time without a server, and what it did to the beat and its tables.
type pause struct {
	s    *site.Site
	beat *site.Program

	begin, end    time.Time
	open, ledger  int64 // batches open at the end, rows that the ledger grew by
	before, after int64 // bytes of memory
}

// during harms something for a while. What is written in the first second is not the outage's.
func (p *pause) during(ctx context.Context, kind string, d time.Duration, harm, mend func() error) error {
	p.begin = time.Now()
	if err := harm(); err != nil {
		return err
	}
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	before, err := p.look(ctx, &p.before)
	if err != nil {
		return err
	}
	if err := sleep(ctx, d); err != nil {
		return err
	}
	after, err := p.look(ctx, &p.after)
	if err != nil {
		return err
	}
	p.ledger = after - before
	if p.open, err = p.s.Number(ctx, `select count(*) from beat_batch where state = 1`); err != nil {
		return err
	}
	if err := mend(); err != nil {
		return err
	}
	p.end = time.Now()
	p.s.Fault(kind, "", p.begin, p.end.Add(10*time.Second)) // what is due while the rest is made up may wait
	return nil
}

func (p *pause) look(ctx context.Context, memory *int64) (ledger int64, err error) {
	if *memory, err = p.beat.Memory(); err != nil {
		return 0, err
	}
	return p.s.Number(ctx, `select count(*) from beat_ledger`)
}

// grown returns by what part the memory grew.
func (p *pause) grown() float64 { return float64(p.after-p.before) / float64(p.before) }

// firstAfter returns how long after a moment something arrived; an hour when nothing did.
func firstAfter(arrivals []history.Arrival, moment time.Time) time.Duration {
	first := time.Hour
	for i := range arrivals {
		if after := time.UnixMicro(arrivals[i].At).Sub(moment); after >= 0 && after < first {
			first = after
		}
	}
	return first
}
