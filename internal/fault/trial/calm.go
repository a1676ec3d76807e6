package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// calm runs beat without any fault: nothing at all may be wrong.
func calm(ctx context.Context, b *Bench) error {
	return b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) error {
		_, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
		if err != nil {
			return err
		}
		v, _, err := b.finish(ctx, s, from, pick(b, 8*time.Second, time.Minute))
		if err != nil {
			return err
		}
		b.figure(Figure{
			Who: Gobeat, Broker: title(broker), OK: sound(&v) && v.Clean(), Values: &v,
			Figure: fmt.Sprintf("%s; late p50 %s, p99 %s", &v, ms(v.Calm.At(0.5)), ms(v.Calm.At(0.99))),
			Bar:    "nothing lost, doubled, early, phantom, wrong or false in the ledger",
		})
		return nil
	})
}
