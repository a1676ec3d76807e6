// Command embed runs gobeat inside a program, with a store and a broker of its own. docs/embed.md explains it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/funcbroker"
	"github.com/gobeat/gobeat/broker/message"
)

// store keeps everything in memory and prints what is claimed; what it does not override is that of the one it wraps.
type store struct{ *memstore.Store }

func (s store) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	taken, err := s.Store.Claim(ctx, l, b)
	fmt.Printf("epoch %d: %d of %d decided, error: %v\n", l.Epoch, len(taken), len(b.Decisions), err)
	return taken, err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
	}
}

// run greets every second until ctx ends.
func run(ctx context.Context, out io.Writer) error {
	own := store{memstore.New()}
	every := schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"}
	_, err := own.Add(ctx, beat.Entry{Name: "greet", Task: "greet", Spec: every, Enabled: true, Active: true})
	if err != nil {
		return err
	}
	broker := funcbroker.Publisher(func(_ context.Context, m message.Envelope) error {
		_, err := out.Write(append(m.Body, '\n'))
		return err
	})
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		return err
	}
	compile := beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
	b, err := beat.New(beat.Config{Store: own, Publisher: broker, Builder: build, Compiler: compile})
	if err != nil {
		return err
	}
	return b.Run(ctx)
}
