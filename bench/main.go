package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

func main() {
	// The kernel ends a program when the thread that started it does, so that thread must be one that lasts.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// scenario is something to measure. It notes figures and curves.
type scenario struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

func scenarios() []scenario {
	return []scenario{
		{"ceilings", ceilings},
		{"burst", burst},
		{"steady", steady},
		{"lateness", lateness},
		{"edit", edit},
		{"size", size},
		{"changes", changes},
		{"django", django},
		{"mariadb", mariadb},
		{"stores", stores},
		{"peers", peers},
	}
}

// bench is one run: the servers, how much is measured, and what came out.
type bench struct {
	rig
	redis, rabbit string // URLs of brokers
	full          bool   // the largest sizes too
	long          bool   // ten minutes where others take seconds
	record        record
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := f.String("only", "", "measure only these, with commas between: "+strings.Join(names(), ", "))
	full := f.Bool("full", false, "measure the largest sizes too: 100,000 at once, a million rows")
	long := f.Bool("long", false, "measure steady dispatch and lateness for ten minutes each, to see whether they stay the same")
	out := f.String("out", "", "append the figures to this file, a line of JSON each")
	docs := f.String("docs", "", "write tables and plots into this document and beside it; what was not measured stays as it is")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("usage: bench [flags] PATH-OF-BEAT (see make bench)")
	}
	b := &bench{
		rig:   rig{beat: f.Arg(0), postgres: os.Getenv("BEAT_TEST_POSTGRES_URL")},
		redis: os.Getenv("BEAT_TEST_REDIS_URL"), rabbit: os.Getenv("BEAT_TEST_RABBITMQ_URL"), full: *full, long: *long,
	}
	if b.postgres == "" || b.redis == "" || b.rabbit == "" {
		return errors.New("BEAT_TEST_POSTGRES_URL, BEAT_TEST_REDIS_URL and BEAT_TEST_RABBITMQ_URL must be set (see make bench)")
	}
	wanted := names()
	if *only != "" {
		wanted = strings.Split(*only, ",")
	}
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("-only %s: there is no such scenario, must be one of %s", name, strings.Join(names(), ", "))
		}
	}
	var err error
	b.record.out = os.Stdout
	if b.record.machine, err = describe(ctx, b); err != nil {
		return err
	}
	fmt.Fprintln(b.record.out, b.record.machine)
	for _, s := range scenarios() {
		if !slices.Contains(wanted, s.name) {
			continue
		}
		if err = s.run(ctx, b); err != nil {
			err = fmt.Errorf("%s: %w", s.name, err)
			break
		}
	}
	return errors.Join(err, b.record.keep(*out, *docs)) // what was measured before counts
}

func names() (list []string) {
	for _, s := range scenarios() {
		list = append(list, s.name)
	}
	return list
}
