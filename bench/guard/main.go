// Command guard measures a set of benchmarks of this commit and of an earlier one by turns, and fails when one of them has
// become far slower, or takes more memory, than noise explains. Run it by make bench-guard.
//
// A commit that is to make something slower says so in a trailer of its message, "Slower: why"; then the guard only tells.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

// rounds is how often each benchmark runs in each of the two; benchtime is how long.
const (
	rounds    = 8
	benchtime = "60ms"
)

// suite is what is measured: what dispatch, loading and the finding of runs spend their time on, without servers.
func suite() []target {
	return []target{
		{pkg: "./beat", pattern: "^(BenchmarkQueue|BenchmarkCompile)$"},
		{pkg: "./beat/schedule", pattern: "^(BenchmarkCrontabNext|BenchmarkCrontabSpanYear|BenchmarkNewCrontab)$"},
		{pkg: "./broker/message", pattern: "^(BenchmarkBuild|BenchmarkKombuEnvelope)$"},
	}
}

func main() {
	base := flag.String("base", "HEAD~1", "the commit to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *base); err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, base string) error {
	commit, err := git(ctx, "rev-parse", "--verify", "--quiet", base+"^{commit}")
	if err != nil {
		fmt.Printf("there is no %s to compare with\n", base)
		return nil
	}
	dir, err := os.MkdirTemp("", "gobeat-guard-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // of the system
	tree := filepath.Join(dir, "tree")
	if err := export(ctx, commit, tree); err != nil {
		return err
	}
	var verdicts []verdict
	for i, t := range suite() {
		earlier, err := build(ctx, tree, t, filepath.Join(dir, fmt.Sprint("earlier", i)))
		if err != nil {
			return err
		}
		now, err := build(ctx, ".", t, filepath.Join(dir, fmt.Sprint("now", i)))
		if err != nil {
			return err
		}
		before, after := samples{}, samples{}
		for range rounds {
			if err := earlier.measure(ctx, before); err != nil {
				return err
			}
			if err := now.measure(ctx, after); err != nil {
				return err
			}
		}
		verdicts = append(verdicts, compare(before, after)...)
	}
	worse := print(os.Stdout, verdicts)
	if worse == 0 {
		return nil
	}
	if why, err := git(ctx, "log", "-1", "--format=%(trailers:key=Slower,valueonly)"); err == nil && why != "" {
		fmt.Printf("%d became worse, as the commit says: %s\n", worse, why)
		return nil
	}
	return fmt.Errorf("%d of %d became worse since %s; a trailer \"Slower: why\" in the message of the commit lets it pass",
		worse, len(verdicts), base)
}
