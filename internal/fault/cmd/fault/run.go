package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/internal/fault/report"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/fault/trial"
)

// options are the flags.
type options struct {
	tests  string
	stores string
	seed   uint64
	short  bool
	out    string
	docs   string
	from   string
}

func parse(args []string, errw io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("fault", flag.ContinueOnError)
	flags.SetOutput(errw)
	flags.StringVar(&o.tests, "tests", "", "ids of the tests to run, with commas; all if not given")
	flags.StringVar(&o.stores, "stores", "", "stores that test P10 tries, with commas; all if not given")
	flags.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "what random faults follow from")
	flags.BoolVar(&o.short, "short", false, "run the short form of each test")
	flags.StringVar(&o.out, "out", "", "folder for the histories of the runs; a temporary one if not given")
	flags.StringVar(&o.docs, "docs", "", "file whose tables are to be replaced")
	flags.StringVar(&o.from, "from", "", "commit from which and to which upgrades are tried; the last tag, or else the last commit, if not given")
	err := flags.Parse(args)
	return o, err
}

// errBars tells that a test did not reach its bar, which the table shows.
var errBars = errors.New("a bar was missed")

func run(ctx context.Context, args []string, out, errw io.Writer) (err error) {
	o, err := parse(args, errw)
	if err != nil {
		return err
	}
	if o.out == "" {
		if o.out, err = os.MkdirTemp("", "gobeat-fault-"); err != nil {
			return err
		}
	}
	if o.out, err = filepath.Abs(o.out); err != nil {
		return err
	}
	tests, err := choose(o.tests)
	if err != nil {
		return err
	}
	stores, err := chooseStores(o.stores)
	if err != nil {
		return err
	}
	tools, err := build(ctx, o.out)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tests, func(t trial.Test) bool { return t.ID == trial.Upgrades }) {
		if err := buildBefore(ctx, tools.Before, o.from); err != nil {
			return err
		}
	}
	servers := &site.Servers{}
	defer func() { err = errors.Join(err, servers.Close()) }()
	log, err := report.Open(filepath.Join(o.out, "figures.jsonl"), out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()

	fmt.Fprintf(errw, "seed %d, histories in %s\n", o.seed, o.out)
	bench := &trial.Bench{
		Tools: tools, Servers: servers, Seed: o.seed, Short: o.short, Stores: stores, Dir: o.out, Report: log.Add,
	}
	for _, t := range tests {
		fmt.Fprintf(errw, "%s %s: %s\n", time.Now().Format(time.TimeOnly), t.ID, t.Title)
		if err := bench.Run(ctx, t); err != nil {
			log.Broken(t.ID, err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if o.docs != "" {
		if err := report.Update(o.docs, log.Figures()); err != nil {
			return err
		}
	}
	if !log.OK() {
		return errBars
	}
	return nil
}

// choose returns the tests of a list of ids.
func choose(list string) ([]trial.Test, error) {
	all := trial.All()
	if list == "" {
		return all, nil
	}
	var chosen []trial.Test
	for id := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(t trial.Test) bool { return t.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("there is no test %q; there are %s", id, ids(all))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func ids(tests []trial.Test) string {
	names := make([]string, len(tests))
	for i := range tests {
		names[i] = tests[i].ID
	}
	return strings.Join(names, ", ")
}

// chooseStores returns the stores of a list of names.
func chooseStores(list string) ([]site.Store, error) {
	all := site.Stores()
	if list == "" {
		return all, nil
	}
	var chosen []site.Store
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(st site.Store) bool { return st.Name() == name })
		if i < 0 {
			names := make([]string, len(all))
			for i := range all {
				names[i] = all[i].Name()
			}
			return nil, fmt.Errorf("there is no store %q; there are %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
