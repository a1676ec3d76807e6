package redis_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

var deliveryTag = regexp.MustCompile(`"delivery_tag": "[^"]*"`)

// How a case ends, and what is done by design in those that are called equal.
const (
	equal     = "equal"
	noMessage = "Celery could not build the message, so there is none to send"
	returned  = "equal, and returned, where Celery drops the message without a word"
	expires   = "a queue with x-expires is declared with each message and its keys expire, as with kombu 5.7"
	different = "different"

	size      = "the size of the queue is not asked for, which kombu does without need"
	permanent = "the binding is also noted in the set of permanent ones, as with kombu 5.7"
	copies    = "copies of a message go to the queues in order of their names"
)

// TestReplay lets a publisher send the messages of each case to a real server, one batch each, through a wiretap. It
// compares the commands, what the keys then hold, and what listeners of channels get, to the byte but for the random tags
// and what is done by design, and prints how many are equal.
func TestReplay(t *testing.T) {
	t.Parallel()
	url := strings.TrimSuffix(testenv.StartRedis(t).URL(), "/0") + "/7"
	db := client(t, url)
	all := recordings(t)
	ends, design := map[string]int{}, map[string]int{}
	for _, r := range all {
		t.Run(r.name(), func(t *testing.T) {
			end := different
			t.Cleanup(func() { ends[end]++ })
			if err := db.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			end = r.replay(t, url, db, design)
		})
	}
	t.Logf("redis on the wire: %d cases, %d equal, %d documented differences, %d unexplained",
		len(all), ends[equal], ends[noMessage]+ends[returned]+ends[expires], ends[different])
	for _, reason := range []string{noMessage, returned, expires} {
		t.Logf("documented, in %d cases: %s", ends[reason], reason)
	}
	for _, reason := range []string{size, permanent, copies} {
		t.Logf("by design, in %d of the cases called equal: %s", design[reason], reason)
	}
	if len(all) < 167 || ends[noMessage] > 7 || ends[returned] > 6 || ends[expires] > 1 {
		t.Error("want 167 cases or more, of which 7 have no message, 6 are returned and 1 is of a queue that expires")
	}
}

// replay returns how the case ends, and counts in design what is not as Celery does it and was made equal.
func (r *recording) replay(t *testing.T, url string, db *goredis.Client, design map[string]int) (end string) {
	t.Helper()
	c := r.config(t)
	sent := r.messages(t, c)
	if len(sent) == 0 {
		if r.Result.OK {
			t.Fatal("Celery sent something that was not read")
		}
		return noMessage
	}
	for _, command := range r.Input.Before {
		if err := db.SAdd(t.Context(), command[1], command[2]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	listener := db.PSubscribe(t.Context(), "*")
	defer listener.Close()
	if _, err := listener.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	tap, through := newWiretap(t, url)
	p := open(t, through, c)
	want := message.Confirmed
	if sent[0].lost {
		want = message.Returned
	}
	for _, m := range sent {
		out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: []message.Envelope{m.env}})
		if err != nil || out[0].State != want {
			t.Fatalf("got %v and %v, want %v", out, err, want)
		}
	}
	seen := r.compareSteps(t, effects(tap.commands()))
	r.compareKeys(t, db, c.KeyPrefix)
	r.compareChannels(t, listener)
	switch {
	case t.Failed():
		return different
	case want == message.Returned:
		return returned
	case seen[expires]:
		return expires
	}
	for reason, so := range seen {
		if so {
			design[reason]++
		}
	}
	return equal
}

// compareSteps compares the commands and returns what differs by design; the recordings are of kombu 5.6.
func (r *recording) compareSteps(t *testing.T, got [][]string) (seen map[string]bool) {
	t.Helper()
	seen = map[string]bool{size: len(r.steps()) < len(r.Commands)}
	bindings := map[string]bool{}
	got = slices.DeleteFunc(got, func(c []string) bool {
		switch {
		case c[0] == "ZADD" || c[0] == "PEXPIRE":
			seen[expires] = true
			return true
		case c[0] != "SADD":
			return false
		case strings.Contains(c[1], "_kombu.binding_permanent."):
			seen[permanent] = true
			return true
		}
		again := bindings[c[1]+c[2]]
		bindings[c[1]+c[2]] = true
		return again && seen[expires]
	})
	want := normal(r.steps())
	seen[copies] = !slices.EqualFunc(want, normal(got), slices.Equal[[]string])
	if diff := cmp.Diff(sortCopies(want), sortCopies(normal(got))); diff != "" {
		t.Errorf("commands (-want +got)\n%s", diff)
	}
	return seen
}

// normal takes the random tags out.
func normal(steps [][]string) [][]string {
	out := make([][]string, len(steps))
	for i, c := range steps {
		out[i] = slices.Clone(c)
		out[i][len(c)-1] = deliveryTag.ReplaceAllString(c[len(c)-1], "")
	}
	return out
}

// sortCopies puts the copies of one message in order of their queues.
func sortCopies(steps [][]string) [][]string {
	slices.SortStableFunc(steps, func(a, b []string) int {
		if a[0] != "LPUSH" || b[0] != "LPUSH" || a[2] != b[2] {
			return 0
		}
		return strings.Compare(a[1], b[1])
	})
	return steps
}

// compareKeys compares what the server holds, without our own keys and the sets that are new in kombu 5.7.
func (r *recording) compareKeys(t *testing.T, db *goredis.Client, prefix string) {
	t.Helper()
	want, got := map[string][]string{}, map[string][]string{}
	for key, value := range r.Keys {
		want[key] = slices.Sorted(slices.Values(value.Members))
		for _, element := range value.Elements {
			want[key] = append(want[key], deliveryTag.ReplaceAllString(element.Raw, ""))
		}
	}
	keys, err := db.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		name := strings.TrimPrefix(key, prefix)
		if strings.HasPrefix(name, "_beat.") || strings.HasPrefix(name, "_kombu.binding_") {
			continue
		}
		var values []string
		if strings.HasPrefix(name, "_kombu.") {
			values, err = db.SMembers(t.Context(), key).Result()
			slices.Sort(values)
		} else {
			values, err = db.LRange(t.Context(), key, 0, -1).Result()
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			got[key] = append(got[key], deliveryTag.ReplaceAllString(v, ""))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got)\n%s", diff)
	}
}

// compareChannels receives as many messages as Celery published, which blocks until they are there.
func (r *recording) compareChannels(t *testing.T, listener *goredis.PubSub) {
	t.Helper()
	for _, c := range normal(r.steps()) {
		if c[0] != "PUBLISH" {
			continue
		}
		m, err := listener.ReceiveMessage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := []string{"PUBLISH", m.Channel, deliveryTag.ReplaceAllString(m.Payload, "")}; !slices.Equal(c, got) {
			t.Errorf("got %q, want %q", got, c)
		}
	}
}
