package message

import (
	"encoding/json"
	"testing"
	"time"
)

func typical() (Task, Stamp) {
	task := Task{
		Name: "proj.tasks.add", Args: json.RawMessage(`[2, "two"]`), Kwargs: json.RawMessage(`{"user": 42, "dry": false}`),
		Options: Options{Queue: "mail"},
	}
	return task, Stamp{ID: "11111111-2222-4333-8444-555555555555", Now: time.Unix(1_700_000_000, 0)}
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
	stamp.Headers = []Header{{Key: "periodic_task_name", Value: json.RawMessage(`"every minute"`)}}
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
