package beat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

func heartbeat(host string) func(*beat.Config) {
	return func(c *beat.Config) {
		c.Heartbeat = &beat.Heartbeat{
			Hostname: "beat@" + host, Version: "1.2", Load: func() [3]float64 { return [3]float64{0.5, 1, 1.5} },
		}
	}
}

// told returns the types of the events that name a host, in order, and the last one.
func (r *rig) told(host string) (types []string, last pulse) {
	r.t.Helper()
	for _, env := range r.broker.Announced() {
		var p pulse
		if err := json.Unmarshal(env.Body, &p); err != nil {
			r.t.Fatal(err)
		}
		if p.Hostname == "beat@"+host {
			types = append(types, strings.TrimPrefix(p.Type, "worker-"))
			last = p
		}
	}
	return types, last
}

type pulse struct {
	Hostname, Type   string
	Clock, Processed int64
	Freq             float64
	Loadavg          []float64
	Ident            string `json:"sw_ident"`
	Version          string `json:"sw_ver"`
}

// TestHeartbeats has a leader and a standby, which both say that they are there.
func TestHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "e", Spec: every(1, "seconds")})
		stop := r.start(heartbeat("one"))
		synctest.Wait()
		stopSecond := r.start(heartbeat("two"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		stopSecond()
		time.Sleep(4500 * time.Millisecond)
		stop()
		if types, _ := r.told("two"); strings.Join(types, " ") != "online heartbeat heartbeat offline" {
			t.Errorf("the standby said %v", types)
		}
		types, last := r.told("one")
		if strings.Join(types, " ") != "online heartbeat heartbeat heartbeat heartbeat offline" {
			t.Errorf("the leader said %v", types)
		}
		if last.Processed != int64(len(r.sent())) || last.Processed != 9 {
			t.Errorf("it said that it sent %d, want 9; %d arrived", last.Processed, len(r.sent()))
		}
		if last.Freq != 2 || last.Ident != "gobeat" || last.Version != "1.2" || len(last.Loadavg) != 3 || last.Loadavg[2] != 1.5 {
			t.Errorf("it said %+v", last)
		}
		if last.Clock != 6+9 {
			t.Errorf("clock %d, want one more with each event and message", last.Clock)
		}
	})
}

// TestHeartbeatsOfBrokerAway has a broker that goes and comes back: that is told once each, and nothing else suffers.
func TestHeartbeatsOfBrokerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var log bytes.Buffer
		stop := r.start(func(c *beat.Config) {
			heartbeat("one")(c)
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		time.Sleep(3 * time.Second)
		synctest.Wait()
		r.broker.SetDown(true)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		r.broker.SetDown(false)
		time.Sleep(4 * time.Second)
		stop()
		if types, _ := r.told("one"); strings.Join(types, " ") != "online heartbeat heartbeat heartbeat offline" {
			t.Errorf("it said %v", types)
		}
		for _, line := range []string{"monitors cannot be told", "monitors are told again"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%q was logged %d times, want once:\n%s", line, n, log.String())
			}
		}
	})
}

// mutePublisher belongs to a broker that never answers an announcement.
type mutePublisher struct{ beat.Publisher }

func (mutePublisher) Announce(ctx context.Context, _ message.Envelope) error {
	<-ctx.Done()
	return errors.Join(message.ErrUnavailable, ctx.Err())
}

// TestHeartbeatsThatHang must not keep work from being done, nor the beat from stopping.
func TestHeartbeatsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "e", Spec: every(1, "seconds")})
		stop := r.start(func(c *beat.Config) {
			heartbeat("one")(c)
			c.Publisher = mutePublisher{c.Publisher}
		})
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		if got := len(r.sent()); got != 5 {
			t.Errorf("%d runs were sent, want 5", got)
		}
		since := time.Now()
		stop()
		if took := time.Since(since); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}

func TestHeartbeatRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	mute := struct{ beat.Publisher }{r.broker.Publisher()}
	for problem, change := range map[string]func(*beat.Config){
		"Announcer": func(c *beat.Config) { c.Publisher, c.Heartbeat = mute, &beat.Heartbeat{Hostname: "beat@host"} },
		"Hostname":  func(c *beat.Config) { c.Heartbeat = &beat.Heartbeat{} },
		"Interval":  func(c *beat.Config) { c.Heartbeat = &beat.Heartbeat{Hostname: "beat@host", Interval: -1} },
	} {
		cfg := beat.Config{
			Store: r.store.Handle(), Publisher: r.broker.Publisher(), Builder: build, Compiler: compilerOf(build),
		}
		change(&cfg)
		if _, err := beat.New(cfg); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("got %v, want an error about %s", err, problem)
		}
	}
}
