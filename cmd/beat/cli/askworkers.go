package cli

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/broker/message/codec"
	"github.com/gobeat/gobeat/broker/pidbox"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// askWorkers asks all workers what they offer, over a connection of its own.
func (a *App) askWorkers(ctx context.Context, cfg config.Config, timeout time.Duration) (w *pidbox.Workers, err error) {
	pub, err := a.openPublisher(cfg, slog.New(slog.DiscardHandler)) // the error says all
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pub.Close()) }()
	return pidbox.Ask(ctx, pub, askConfig(&cfg, timeout))
}

// askConfig is how workers are asked under the settings.
func askConfig(cfg *config.Config, timeout time.Duration) pidbox.Config {
	c := pidbox.Config{Exchange: cfg.Control.Exchange, Timeout: timeout, Decode: codec.Decode}
	for _, s := range codec.Serializers() {
		if slices.Contains(s.Names, cfg.Task.Serializer) {
			c.Serializer = &s
		}
	}
	return c
}

// needs are what the rows want, with how many want it.
type needs map[want]need

// need is who wants something of workers.
type need struct {
	name string // of a row
	rows int
}

// add notes what a row wants.
func (n needs) add(wants []want, row string) {
	for _, w := range wants {
		known, ok := n[w]
		if !ok {
			known.name = row
		}
		known.rows++
		n[w] = known
	}
}

// workers asks the workers whether they can run what the rows ask for.
func (c *checkCommand) workers(ctx context.Context, by pidbox.Carrier, cfg *config.Config) {
	w, err := pidbox.Ask(ctx, by, askConfig(cfg, pidbox.Timeout))
	if err != nil {
		c.add(checkWarn, "workers", "%s", err)
	}
	if len(w.Names) == 0 {
		if err == nil {
			c.add(checkWarn, "workers", "none answers within %s: none runs, or their remote control is off", pidbox.Timeout)
		}
		return
	}
	slices.Sort(w.Names)
	c.add(checkOK, "workers", "%d answer: %s", len(w.Names), strings.Join(w.Names, ", "))
	c.unmet(newSupply(w))
}

// unmet reports what rows want and no worker offers, tasks first.
func (c *checkCommand) unmet(offered supply) {
	order := func(a, b want) int { return cmp.Or(cmp.Compare(b.about, a.about), cmp.Compare(a.name, b.name)) }
	for _, w := range slices.SortedFunc(maps.Keys(c.needs), order) {
		if n := c.needs[w]; offered.lacks(w) {
			c.add(checkWarn, w.about, "%s, of %d rows such as %s: %s it", w.name, n.rows, n.name, w.problem())
		}
	}
}
