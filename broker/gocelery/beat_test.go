package gocelery_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	lib "github.com/gocelery/gocelery"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/message"
)

// TestBeat runs a whole beat with the settings that the package asks for.
func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		_, err := store.Add(t.Context(), beat.Entry{
			Name: "every second", Task: "proj.add", Args: json.RawMessage(`[1, 2]`), Enabled: true, Active: true,
			Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"},
		})
		if err != nil {
			t.Fatal(err)
		}
		broker := &fake{}
		build := builder(t)
		b, err := beat.New(beat.Config{
			Store: store.Handle(), Publisher: open(t, broker), Builder: build, BareMessages: true,
			Compiler: beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx) }()
		time.Sleep(3500 * time.Millisecond)
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(broker.sent) != 3 {
			t.Fatalf("%d messages were sent, want 3", len(broker.sent))
		}
		ids := map[string]bool{}
		for _, m := range broker.sent {
			task, err := lib.DecodeTaskMessage(m.Body)
			if err != nil {
				t.Fatal(err)
			}
			ids[task.ID] = true
			if task.Task != "proj.add" || len(task.Args) != 2 || m.Properties.CorrelationID != task.ID {
				t.Errorf("got %+v in %+v", task, m)
			}
		}
		if len(ids) != 3 {
			t.Errorf("got ids %v, want three", ids)
		}
	})
}

// TestBeatWithHeaders forgets to leave out the headers: every run fails, and says why.
func TestBeatWithHeaders(t *testing.T) {
	t.Parallel()
	env := build(t, message.Task{Name: "proj.add"})
	env.Headers = append(env.Headers, message.Header{Key: beat.HeaderName, Value: []byte(`"x"`)})
	out, err := open(t, &fake{}).Publish(t.Context(), message.Batch{Messages: []message.Envelope{env}})
	const want = `gocelery: headers "periodic_task_name" is not carried; messages must be without headers`
	if err != nil || out[0].State != message.Refused || out[0].Reason != want {
		t.Errorf("got %v and %v, want %s", out, err, want)
	}
}
