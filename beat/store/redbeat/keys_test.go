package redbeat_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/redbeat"
	"github.com/gobeat/gobeat/internal/testenv"
)

// yard is a Redis with the keys of RedBeat, and a store over them.
type yard struct {
	*redbeat.Store

	t      *testing.T
	url    string
	client *redis.Client
}

func newYard(t *testing.T, change func(*redbeat.Config)) *yard {
	t.Helper()
	c := redbeat.Config{URL: testenv.Redis(t)}
	if change != nil {
		change(&c)
	}
	options, err := redis.ParseURL(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	y := &yard{Store: open(t, c), t: t, url: c.URL, client: redis.NewClient(options)}
	t.Cleanup(func() { _ = y.client.Close() })
	return y
}

// save writes an entry as RedBeatSchedulerEntry.save does.
func (y *yard) save(name, definition string) {
	y.t.Helper()
	_, err := y.client.TxPipelined(y.t.Context(), func(p redis.Pipeliner) error {
		p.HSet(y.t.Context(), "redbeat:"+name, "definition", definition)
		p.ZAdd(y.t.Context(), "redbeat::schedule", redis.Z{Member: "redbeat:" + name, Score: 1})
		return nil
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

const eachSecond = `{"task": "t", "schedule": {"__type__": "interval", "every": 1, "relative": false}}`

func (y *yard) lead() beat.Lease {
	y.t.Helper()
	l, err := y.Acquire(y.t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "test"}, 10*time.Second, 0)
	if err != nil {
		y.t.Fatal(err)
	}
	return l
}

// claim moves the cursor of an entry with a run, and tells whether the store took it.
func (y *yard) claim(l beat.Lease, id beat.EntryID, prev, to, next time.Time) bool {
	y.t.Helper()
	taken, err := y.Claim(y.t.Context(), l, beat.Batch{
		ID: uuid.New(), Decisions: []beat.Decision{{ID: id, Prev: prev, To: to, Next: next, Fire: true, Spec: 1}},
	})
	if err != nil {
		y.t.Fatal(err)
	}
	return slices.Contains(taken, id)
}

// A claim leaves meta and score as RedBeat would have, the count goes on, and none of it is a change or a foreign run.
func TestTrace(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("a", eachSecond)
	y.client.HSet(t.Context(), "redbeat:a", "meta", `{"last_run_at": {"__type__": "datetime", "year": 2026, "month": 1, "day": 2, "hour": 3,`+
		` "minute": 4, "second": 5, "microsecond": 6, "timezone": "UTC"}, "total_run_count": 41}`)
	before, err := y.Lookup(t.Context(), "a")
	if err != nil || !before.RanAt.Equal(time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)) {
		t.Fatalf("before: %v, ran at %v", err, before.RanAt)
	}
	v, err := y.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := y.lead()
	at := time.Date(2026, 5, 6, 7, 8, 9, 10_000, time.UTC)
	if !y.claim(l, "a", time.Time{}, at, at.Add(time.Second)) {
		t.Fatal("the run was not taken")
	}
	var meta struct {
		Count int `json:"total_run_count"`
		Ran   struct {
			Second, Microsecond int
			Timezone            string
		} `json:"last_run_at"`
	}
	text := y.client.HGet(t.Context(), "redbeat:a", "meta").Val()
	if err := json.Unmarshal([]byte(text), &meta); err != nil || meta.Count != 42 || meta.Ran.Second != 9 || meta.Ran.Microsecond != 10 {
		t.Errorf("meta is %s (%v)", text, err)
	}
	if score := y.client.ZScore(t.Context(), "redbeat::schedule", "redbeat:a").Val(); score != float64(at.Unix()+1) {
		t.Errorf("the score is %v, want %d", score, at.Unix()+1)
	}
	if now, err := y.Latest(t.Context()); err != nil || !now.Same(v) {
		t.Errorf("our own run moved the version from %v to %v (%v)", v, now, err)
	}
	after, err := y.Lookup(t.Context(), "a")
	if err != nil || !after.RanAt.IsZero() || !after.DecidedTo.Equal(at) {
		t.Errorf("after: %v, ran at %v, decided to %v", err, after.RanAt, after.DecidedTo)
	}
	if y.claim(l, "a", at, at.Add(time.Second), time.Time{}); y.client.ZScore(t.Context(), "redbeat::schedule", "redbeat:a").Val() != -1 {
		t.Error("an entry without a further run has another score than -1")
	}
}

// A run is not taken of an entry that was paused, deleted, or taken out of the schedule since.
func TestClaimOfPausedEntry(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	l := y.lead()
	at := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	for _, name := range []string{"paused", "deleted", "unscheduled"} {
		y.save(name, eachSecond)
	}
	y.save("paused", `{"task": "t", "schedule": {"__type__": "interval", "every": 1}, "enabled": false}`)
	y.client.Del(t.Context(), "redbeat:deleted")
	y.client.ZRem(t.Context(), "redbeat::schedule", "redbeat:unscheduled")
	for _, id := range []beat.EntryID{"paused", "deleted", "unscheduled"} {
		if y.claim(l, id, time.Time{}, at, time.Time{}) {
			t.Errorf("a run of %s was taken", id)
		}
	}
}

// While a RedBeat holds the lock nobody leads; when its lock ends, one does, and a RedBeat that takes the lock then ends that.
func TestLock(t *testing.T) {
	t.Parallel()
	y := newYard(t, func(c *redbeat.Config) { c.LockKey = "other-lock" })
	const lock = "redbeat:other-lock" // RedBeat adds the prefix
	y.client.Set(t.Context(), lock, "0123456789abcdef", time.Minute)
	_, err := y.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New()}, 10*time.Second, 0)
	var held *beat.HeldError
	if !errors.As(err, &held) || held.By != "a RedBeat, which holds "+lock || time.Until(held.Until) < 30*time.Second {
		t.Fatalf("Acquire under the lock of a RedBeat = %v", err)
	}
	if by, left, err := y.Holder(t.Context()); err != nil || by != held.By || left < 30*time.Second || left > time.Minute {
		t.Errorf("Holder under the lock of a RedBeat = %q, %s, %v", by, left, err)
	}
	y.client.Del(t.Context(), lock)
	l := y.lead()
	if by, _, err := y.Holder(t.Context()); err != nil || by != "" {
		t.Errorf("Holder under a lock of ours = %q, %v", by, err)
	}
	if ttl := y.client.PTTL(t.Context(), lock).Val(); ttl <= 0 || ttl > 10*time.Second {
		t.Errorf("our lock ends in %s", ttl)
	}
	if _, err := y.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New()}, time.Second, 0); !errors.As(err, &held) || held.By != "test" {
		t.Errorf("Acquire by another of ours = %v", err)
	}

	y.save("a", eachSecond)
	y.client.Set(t.Context(), lock, "0123456789abcdef", time.Minute)
	if _, err := y.Renew(t.Context(), l, time.Second); !errors.Is(err, beat.ErrFenced) {
		t.Errorf("Renew under the lock of a RedBeat = %v", err)
	}
	_, err = y.Claim(t.Context(), l, beat.Batch{
		ID: uuid.New(), Decisions: []beat.Decision{{ID: "a", To: time.Now().Add(-time.Second), Fire: true}},
	})
	if !errors.Is(err, beat.ErrFenced) {
		t.Errorf("Claim under the lock of a RedBeat = %v", err)
	}
	if st, err := y.Leader(t.Context(), 0); err != nil || st.Held || st.Holder != uuid.Nil || st.Epoch != l.Epoch {
		t.Errorf("a lease under the lock of a RedBeat is %+v (%v), want it given up", st, err)
	}
	if y.client.Get(t.Context(), lock).Val() != "0123456789abcdef" {
		t.Error("a release took the lock of a RedBeat away")
	}
}

// What is no entry to RedBeat is none here, and harms no other: a member without a key, a key of another type.
func TestStrangeKeys(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("good", eachSecond)
	y.client.Set(t.Context(), "redbeat:text", "x", 0)
	for _, member := range []string{"redbeat:text", "redbeat:missing", "other:key"} {
		y.client.ZAdd(t.Context(), "redbeat::schedule", redis.Z{Member: member})
	}
	page, next, err := y.Load(t.Context(), "", 10)
	if err != nil || next != "" || len(page) != 1 || page[0].ID != "good" {
		t.Errorf("loaded %v, %q, %v, want one entry", page, next, err)
	}
	if _, err := y.Latest(t.Context()); err != nil {
		t.Error(err)
	}
}

// An entry that never ran is due at once, as with RedBeat, unless its score lies ahead.
func TestNeverRan(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("interval", `{"task": "t", "schedule": {"__type__": "interval", "every": 3600}}`)
	y.save("crontab", `{"task": "t", "schedule": {"__type__": "crontab", "minute": "*", "hour": "*", "day_of_week": "*",
		"day_of_month": "*", "month_of_year": "*"}}`)
	y.save("later", `{"task": "t", "schedule": {"__type__": "interval", "every": 3600}}`)
	ahead := time.Now().Add(time.Hour).Truncate(time.Second)
	y.client.ZAdd(t.Context(), "redbeat::schedule", redis.Z{Member: "redbeat:later", Score: float64(ahead.Unix())})
	for id, want := range map[beat.EntryID]time.Time{"interval": time.Now(), "crontab": time.Now(), "later": ahead} {
		e, err := y.Lookup(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		next := e.RanAt.Add(time.Hour)
		if id == "crontab" {
			next = e.RanAt.Add(time.Microsecond)
		}
		if off := next.Sub(want).Abs(); off > time.Minute || id == "crontab" && next.Second() != 0 {
			t.Errorf("%s is due at %v, want %v", id, next, want)
		}
	}
}

// What is known of an entry that was deleted while no beat was there is forgotten as well.
func TestStrays(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("a", eachSecond)
	y.claim(y.lead(), "a", time.Time{}, time.Now().Add(-time.Second).Truncate(time.Microsecond), time.Time{})
	y.client.ZRem(t.Context(), "redbeat::schedule", "redbeat:a")
	y.client.Del(t.Context(), "redbeat:a")
	if _, err := y.Latest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if cursors, err := y.Get(t.Context(), []beat.EntryID{"a"}); err != nil || len(cursors) != 0 {
		t.Errorf("the cursor of a deleted entry is %v (%v)", cursors, err)
	}
}

// Switching an entry on or off undoes no edit that was made at the same time.
func TestSwitchBesideEdits(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("a", eachSecond)
	done := make(chan error)
	go func() {
		for i := range 100 {
			if err := y.SetEnabled(t.Context(), "a", i%2 == 0); err != nil {
				done <- err
				return
			}
		}
		close(done)
	}()
	for i, running := 0, true; running; i++ {
		task := "task" + strconv.Itoa(i)
		y.save("a", `{"task": "`+task+`", "schedule": {"__type__": "interval", "every": 1}}`)
		if e, err := y.Lookup(t.Context(), "a"); err != nil || e.Task != task {
			t.Fatalf("the task is %q (%v), was set to %q", e.Task, err, task)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
	}
}

// Without a lock RedBeats count for nothing.
func TestNoLock(t *testing.T) {
	t.Parallel()
	y := newYard(t, func(c *redbeat.Config) { c.NoLock = true })
	y.client.Set(t.Context(), "redbeat::lock", "0123456789abcdef", time.Minute)
	y.lead()
	if y.client.Get(t.Context(), "redbeat::lock").Val() != "0123456789abcdef" {
		t.Error("the lock of a RedBeat was written")
	}
}

// Edits by others are found, whichever of the fields they touch, and what is known of a deleted entry is forgotten.
func TestEditsByOthers(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("a", eachSecond)
	y.save("b", eachSecond)
	v, err := y.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	since := func(what string, wantChanged, wantDeleted []beat.EntryID) {
		t.Helper()
		changed, deleted, next, err := y.Since(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		var ids []beat.EntryID
		for i := range changed {
			ids = append(ids, changed[i].ID)
		}
		if !slices.Equal(ids, wantChanged) || !slices.Equal(deleted, wantDeleted) {
			t.Errorf("%s: changed %v, deleted %v, want %v and %v", what, ids, deleted, wantChanged, wantDeleted)
		}
		v = next
	}
	since("nothing", nil, nil)
	y.save("a", `{"task": "other", "schedule": {"__type__": "interval", "every": 1}}`)
	since("a definition", []beat.EntryID{"a"}, nil)
	y.client.HSet(t.Context(), "redbeat:b", "meta", `{"last_run_at": null}`)
	since("a meta", []beat.EntryID{"b"}, nil)
	y.save("c", eachSecond)
	since("a new one", []beat.EntryID{"c"}, nil)

	at := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	if !y.claim(y.lead(), "a", time.Time{}, at, time.Time{}) {
		t.Fatal("the run was not taken")
	}
	since("a run of ours", nil, nil)
	y.client.ZRem(t.Context(), "redbeat::schedule", "redbeat:a")
	y.client.Del(t.Context(), "redbeat:a")
	since("a deleted one", nil, []beat.EntryID{"a"})
	cursors, err := y.Get(t.Context(), []beat.EntryID{"a"})
	if err != nil || len(cursors) != 0 {
		t.Errorf("the cursor of a deleted entry is %v (%v)", cursors, err)
	}
}

// Entries from beat_schedule are those that RedBeat calls static, on both sides.
func TestStatics(t *testing.T) {
	t.Parallel()
	y := newYard(t, nil)
	y.save("theirs", eachSecond)
	y.client.SAdd(t.Context(), "redbeat::statics", "theirs")
	e, err := y.Lookup(t.Context(), "theirs")
	if err != nil || e.Owner != redbeat.Owner {
		t.Errorf("the owner of a static entry is %q (%v)", e.Owner, err)
	}
	_, err = y.Add(t.Context(), beat.Entry{
		Name: "ours", Task: "t", Owner: redbeat.Owner, Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 5, Period: "minutes"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !y.client.SIsMember(t.Context(), "redbeat::statics", "ours").Val() {
		t.Error("an entry of beat_schedule was not made static")
	}
	if err := y.Delete(t.Context(), "ours"); err != nil {
		t.Fatal(err)
	}
	if y.client.SIsMember(t.Context(), "redbeat::statics", "ours").Val() {
		t.Error("a deleted entry is still static")
	}
}
