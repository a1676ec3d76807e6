package message

import (
	"encoding/json"
	"testing"
	"time"
	"unsafe"
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
// queue that is declared; whether it was prepared or not.
func TestBuildAllocations(t *testing.T) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
	task, stamp := typical()
	for name, task := range map[string]Task{"as stored": task, "prepared": must(builder.Prepare(task))} {
		got := testing.AllocsPerRun(100, func() {
			if _, err := builder.Build(task, stamp); err != nil {
				t.Error(err)
			}
		})
		if got > 3 {
			t.Errorf("%s: got %g allocations, want at most 3", name, got)
		}
	}
}

// What is prepared is as long as the arguments in Python's form, and no longer.
func TestPrepareIsSmall(t *testing.T) {
	t.Parallel()
	builder := must(NewBuilder(Settings{}))
	task, _ := typical()
	task = must(builder.Prepare(task))
	const args, kwargs = `[2, "two"]`, `{"user": 42, "dry": false}`
	if string(task.Args) != args || string(task.Kwargs) != kwargs || cap(task.Args) != len(args) {
		t.Errorf("got %s of %d bytes, %s of %d", task.Args, cap(task.Args), task.Kwargs, cap(task.Kwargs))
	}
	if held := cap(task.Args) + cap(task.Kwargs); held > 48 { // the size class of 36 bytes
		t.Errorf("%d bytes are held", held)
	}
	none := must(builder.Prepare(Task{Name: "a", Args: json.RawMessage(" [ ] "), Kwargs: json.RawMessage("null")}))
	if len(none.Args)+len(none.Kwargs) != 0 {
		t.Errorf("got %q, %q for no arguments", none.Args, none.Kwargs)
	}
}

// prepared benchmarks Build as beat uses it, and reports what each schedule keeps for it.
func prepared(b *testing.B, s Settings, change func(*Task)) {
	b.Helper()
	builder := must(NewBuilder(s))
	task, stamp := typical()
	if change != nil {
		change(&task)
	}
	task = must(builder.Prepare(task))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := builder.Build(task, stamp); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cap(task.Args)+cap(task.Kwargs))+float64(unsafe.Sizeof(task)), "B/schedule")
}

func BenchmarkBuild(b *testing.B) { prepared(b, Settings{Origin: "gen1@host"}, nil) }

func BenchmarkBuildExpiring(b *testing.B) {
	prepared(b, Settings{Origin: "gen1@host"}, func(t *Task) { t.Options.ExpireSeconds = new(60.0) })
}

func BenchmarkBuildWithEvent(b *testing.B) {
	prepared(b, Settings{Origin: "gen1@host", SendSentEvent: true}, nil)
}

func BenchmarkBuildAsStored(b *testing.B) {
	builder := must(NewBuilder(Settings{Origin: "gen1@host"}))
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
