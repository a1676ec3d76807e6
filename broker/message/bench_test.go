package message

import (
	"encoding/json"
	"testing"
	"time"
)

// typical is a task with two arguments of each kind, and the stamp of a run as beat makes it.
func typical() (Task, Stamp) {
	task := Task{
		Name: "proj.tasks.add", Args: json.RawMessage(`[2, "two"]`), Kwargs: json.RawMessage(`{"user": 42, "dry": false}`),
		Options: Options{Queue: "mail"},
	}
	return task, Stamp{
		ID: "11111111-2222-4333-8444-555555555555", Now: time.Unix(1_700_000_000, 0),
		Headers: []Header{
			{"periodic_task_name", json.RawMessage(`"every minute"`)},
			{"beat_scheduled_for", json.RawMessage(`"2023-11-14T22:13:20Z"`)},
			{"beat_epoch", json.RawMessage("7")},
		},
	}
}

// Building a typical message takes one buffer for its texts, one list of headers and, unless the queue is known, the
// queue that is declared.
func TestBuildAllocations(t *testing.T) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
	task, stamp := typical()
	got := testing.AllocsPerRun(100, func() {
		if _, err := builder.Build(task, stamp); err != nil {
			t.Error(err)
		}
	})
	if got > 3 {
		t.Errorf("got %g allocations, want at most 3", got)
	}
}

func BenchmarkBuild(b *testing.B) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
	task, stamp := typical()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builder.Build(task, stamp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildExpiring(b *testing.B) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
	task, stamp := typical()
	seconds := 60.0
	task.Options.ExpireSeconds = &seconds
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builder.Build(task, stamp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildWithEvent(b *testing.B) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host", SendSentEvent: true}))
	task, stamp := typical()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builder.Build(task, stamp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKombuEnvelope(b *testing.B) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
	task, stamp := typical()
	env := must(builder.Build(task, stamp))
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendKombu(buf[:0], &env, "d311ec4e-1111-4222-8333-444455556666", BodyBase64)
	}
}
