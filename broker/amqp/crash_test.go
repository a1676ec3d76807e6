package amqp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// leaderURL is the variable by which a test starts this program as a leader.
const leaderURL = "GOBEAT_TEST_LEADER_URL"

const (
	processEpoch = 100 // of that leader
	runaway      = 20  // more batches than any test lets it publish before its end is awaited
)

// patient is a publisher that does not lose its connection when the machine has no time for it.
var patient = amqp.Config{
	DialTimeout: time.Minute, Heartbeat: time.Minute, ReplyTimeout: time.Minute, ConfirmTimeout: time.Minute,
}

// crashBatch returns the n-th batch of a leader; every process makes the same.
func crashBatch(n int) message.Batch {
	b := brokertest.Batch("q", 500)
	b.ID = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, n))
	for i := range b.Messages {
		b.Messages[i] = brokertest.Envelope("q", n*500+i)
	}
	return b
}

// TestMain lets the program be a leader instead of a test when it is told a URL.
func TestMain(m *testing.M) {
	url := os.Getenv(leaderURL)
	if url == "" {
		os.Exit(m.Run())
	}
	go func() { // a test that dies cannot end its leader
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := lead(url); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// lead publishes until it is fenced or killed.
func lead(url string) error {
	urls, err := broker.Parse(url)
	if err != nil {
		return err
	}
	p, err := amqp.New(urls, amqp.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	ctx := context.Background()
	last := ""
	// again tells of an error unless it is that of the last attempt, and whether another attempt makes sense.
	again := func(err error) bool {
		if text := err.Error(); text != last {
			fmt.Fprintln(os.Stderr, text)
			last = text
		}
		if _, fenced := errors.AsType[*message.FencedError](err); fenced {
			fmt.Println("fenced")
			return false
		}
		if errors.Is(err, message.ErrBlocked) {
			fmt.Println("blocked")
			select {} // it will be killed
		}
		return true
	}
	for err := p.TakeOver(ctx, leader(processEpoch)); err != nil; err = p.TakeOver(ctx, leader(processEpoch)) {
		if !again(err) {
			return nil
		}
	}
	for n := 0; ; n++ {
		fmt.Println("batch", n)
		for {
			_, err := p.Publish(ctx, crashBatch(n))
			if err == nil {
				break
			}
			if !again(err) {
				return nil
			}
		}
	}
}

// A process is a leader in a process of its own, which ends with that of the test.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startLeader(t *testing.T, url string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), leaderURL+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // ends with us
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd: cmd, lines: bufio.NewScanner(out)}
}

// wait reads what the process says until it ends, and returns the number of its last batch and whether it was fenced. One
// that leads on and on is killed.
func (p *process) wait() (last int, fenced bool) {
	for p.lines.Scan() {
		if _, err := fmt.Sscanf(p.lines.Text(), "batch %d", &last); err != nil && p.lines.Text() == "fenced" {
			fenced = true
		}
		if last > runaway {
			_ = p.cmd.Process.Kill() // it may have ended
		}
	}
	_ = p.cmd.Wait() // it was killed
	return last, fenced
}

// until reads what the process says up to a line, and returns the number of its last batch.
func (p *process) until(t *testing.T, line string) (last int) {
	t.Helper()
	for p.lines.Scan() {
		if _, err := fmt.Sscanf(p.lines.Text(), "batch %d", &last); err != nil && p.lines.Text() != line {
			t.Logf("leader: %s", p.lines.Text())
		}
		if p.lines.Text() == line {
			return last
		}
	}
	t.Fatalf("the leader ended without saying %q", line)
	return 0
}

// signalAt sends a signal to the leader when its n-th message or marker passes.
func (w *wiretap) signalAt(n int, p *process, s syscall.Signal, told chan<- struct{}) {
	w.cutAfter(func(m map[string]any) bool {
		if m["method"] == "basic.publish" {
			if n--; n == 0 {
				_ = p.cmd.Process.Signal(s) // when it has ended, the test sees that
				close(told)
			}
		}
		return false
	})
}

// TestKilledLeaders kills leaders with SIGKILL in the middle of a batch, each followed by a successor.
func TestKilledLeaders(t *testing.T) {
	t.Parallel()
	const rounds = 6
	worst, most := 0, 0
	for range rounds {
		url := testenv.RabbitMQ(t)
		tap, through := newWiretap(t, url)
		p := startLeader(t, through)
		told := make(chan struct{})
		tap.signalAt(1+rand.IntN(1200), p, syscall.SIGKILL, told)
		last, _ := p.wait()
		tap.end()                    // what is in the wiretap's own buffers was never sent
		crashes := tap.connections() // more than one when the machine had no time for heartbeats

		next := open(t, url, patient)
		if err := next.TakeOver(t.Context(), leader(processEpoch+1)); err != nil {
			t.Fatal(err)
		}
		var all []message.Envelope
		for n := range last + 1 {
			b := crashBatch(n)
			all = append(all, b.Messages...)
			if n+4 <= last {
				continue // at most four can be unsettled
			}
			known, err := next.Lookup(t.Context(), b.ID, len(b.Messages))
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range known {
				if n < last && o.State != confirmed {
					t.Fatalf("message %d of a batch that had ended: got %v", i, o.State)
				}
			}
			if _, err := next.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		twice := resent(t, url, "q", all)
		worst, most = max(worst, twice), max(most, crashes)
		if twice > 63*crashes {
			t.Errorf("%d messages were sent twice, want at most 63 for each of %d connections", twice, crashes)
		}
		if err := next.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d leaders with up to %d connections were killed; sent twice at worst: %d", rounds, most, worst)
}

// TestStoppedLeader stops a leader with SIGSTOP in the middle of a batch and lets it go on after its successor has
// finished the work: nothing more may arrive.
func TestStoppedLeader(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, through := newWiretap(t, url)
	p := startLeader(t, through)
	told := make(chan struct{})
	tap.signalAt(700, p, syscall.SIGSTOP, told)
	<-told
	crashes := tap.connections()
	next := open(t, url, patient)
	if err := next.TakeOver(t.Context(), leader(processEpoch+1)); err != nil { // by the heartbeat of the stopped one
		t.Fatal(err)
	}
	var all []message.Envelope
	for n := range 2 {
		b := crashBatch(n)
		out, err := next.Publish(t.Context(), b)
		checkStates(t, out, err, confirmed)
		all = append(all, b.Messages...)
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	// The confirms of batch 1 may have come while it was stopped, so that it goes on to the next one, of which nothing arrives.
	if last, fenced := p.wait(); !fenced || last > 2 {
		t.Errorf("got batch %d and fenced %t, want that the former leader is fenced in batch 1 or the next", last, fenced)
	}
	if twice := resent(t, url, "q", all); twice > 63*crashes {
		t.Errorf("%d messages were sent twice, want at most 63 for each of %d connections", twice, crashes)
	}
}
