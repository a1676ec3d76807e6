package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"text/tabwriter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return errors.New("usage: bench PATH-OF-BEAT (see make measure)")
	}
	bench := &rig{beat: os.Args[1], postgres: os.Getenv("BEAT_TEST_POSTGRES_URL")}
	redis, rabbit := os.Getenv("BEAT_TEST_REDIS_URL"), os.Getenv("BEAT_TEST_RABBITMQ_URL")
	if bench.postgres == "" || redis == "" || rabbit == "" {
		return errors.New("BEAT_TEST_POSTGRES_URL, BEAT_TEST_REDIS_URL and BEAT_TEST_RABBITMQ_URL must be set (see make measure)")
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer func() { _ = out.Flush() }()
	fmt.Fprintf(out, "%d cores, %s\n", runtime.NumCPU(), runtime.Version())
	for _, m := range []struct {
		name   string
		broker string
		run    func(context.Context, *rig, string) (string, error)
	}{
		{"update of a row to its message, 50 times, Redis", redis, measureEdit},
		{"update of a row to its message, 50 times, RabbitMQ", rabbit, measureEdit},
		{"1,000 tasks due at once, last behind the instant, Redis", redis, measureBurst},
		{"1,000 tasks due at once, last behind the instant, RabbitMQ", rabbit, measureBurst},
		{"60,000 tasks due each second, sent and settled, Redis", redis, measureThroughput},
		{"memory with 100,000 rows", redis, measureMemory},
	} {
		result, err := m.run(ctx, bench, m.broker)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Fprintf(out, "%s\t%s\n", m.name, result)
	}
	return nil
}
