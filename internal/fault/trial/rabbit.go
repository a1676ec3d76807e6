package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// brokerKilled kills the node while it takes 600 messages a second, and starts it again.
func brokerKilled(ctx context.Context, b *Bench) (err error) {
	s, broker, err := b.ownBroker(ctx, server.RabbitMQ())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	_, from, err := b.begin(ctx, s, site.Steady(600, 1, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	kills := pick(b, 1, 5)
	for range kills {
		if err := sleep(ctx, b.between(time.Second, 2*time.Second)); err != nil {
			return err
		}
		begin := time.Now()
		if err := broker.Kill(); err != nil {
			return err
		}
		if err := broker.Start(ctx); err != nil {
			return err
		}
		s.Fault("broker killed", "", begin, time.Now().Add(20*time.Second))
	}
	v, _, err := b.finish(ctx, s, from, pick(b, 8*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.RabbitMQ()), OK: sound(&v),
		Figure: fmt.Sprintf("%d kills, %d runs: lost %d, doubled %d%s", kills, v.Due, len(v.Lost), len(v.DupSame), wrongs(&v)),
		Bar:    "lost 0", Values: &v,
	})
	return nil
}

// alarm lets the broker block publishers, as it does when memory is short.
func alarm(ctx context.Context, b *Bench) (err error) {
	s, broker, err := b.ownBroker(ctx, server.RabbitMQ())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	beat, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	blocked := make(chan result, 1)
	go func() {
		_, at, err := beat.Wait(ctx, "block")
		blocked <- result{at, err}
	}()
	var raised time.Time
	o := pause{s: s, beat: beat}
	if err := o.during(ctx, "memory alarm", pick(b, 6*time.Second, time.Minute), func() error {
		err := broker.RabbitMQCtl(ctx, "set_vm_memory_high_watermark", "0.0001")
		raised = time.Now()
		return err
	}, func() error { return broker.RabbitMQCtl(ctx, "set_vm_memory_high_watermark", "0.6") }); err != nil {
		return err
	}
	told := <-blocked
	if told.err != nil {
		return told.err
	}
	v, arrivals, err := b.finish(ctx, s, from, pick(b, 4*time.Second, 20*time.Second))
	if err != nil {
		return err
	}
	terms := beat.Count(leading)
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.RabbitMQ()),
		OK: sound(&v) && len(v.DupSame) == 0 && terms == 1 && o.open <= mostBatches && told.at.Sub(raised) <= time.Second,
		Figure: fmt.Sprintf("blocked %s: said so %s after the alarm; lost %d, doubled %d; led %d time; open batches %d; first message %s after it%s",
			seconds(o.end.Sub(o.begin)), seconds(max(0, told.at.Sub(raised))), len(v.Lost), len(v.DupSame), terms, o.open,
			seconds(firstAfter(arrivals, o.end)), wrongs(&v)),
		Bar: "said within 1.00 s, lost 0, doubled 0, the lease kept", Values: &v,
	})
	return nil
}

// result is when something was seen.
type result struct {
	at  time.Time
	err error
}
