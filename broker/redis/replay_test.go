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

// TestReplay lets a publisher send the messages of each case to a real server, one batch each, through a proxy that reads
// its commands. It compares the commands, what the keys then hold, and what listeners of channels get. What differs by
// design is counted with its reason.
func TestReplay(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	url := strings.TrimSuffix(server.URL(), "/0") + "/7"
	db := client(t, url)
	counts := map[string]int{}
	cases := recordings(t)
	for _, r := range cases {
		ended := "different"
		t.Run(r.name(), func(t *testing.T) {
			if err := db.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			ended = r.replay(t, url, db)
		})
		counts[ended]++
	}
	t.Logf("redis: %d cases", len(cases))
	for what, n := range counts {
		t.Logf("redis: %d %s", n, what)
	}
	if counts["different"] > 0 || counts["equal"] < 150 {
		t.Errorf("got %v, want 150 or more equal and none different", counts)
	}
}

func (r *recording) replay(t *testing.T, url string, db *goredis.Client) (ended string) {
	c := r.config(t)
	sent := r.messages(t, c)
	if len(sent) == 0 {
		if r.Result.OK {
			t.Fatal("Celery sent something that was not read")
		}
		return "without message: Celery could not build it either"
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
	reason := r.compareSteps(t, effects(tap.commands()))
	r.compareKeys(t, db, c.KeyPrefix)
	r.compareChannels(t, listener)
	switch {
	case t.Failed():
		return "different"
	case want == message.Returned:
		return "equal, and returned, where Celery drops the message without a word"
	case reason != "":
		return "equal but for " + reason
	}
	return "equal"
}

// compareSteps compares commands. The set of permanent bindings is new in kombu 5.7, and so is what concerns queues that
// expire; the recordings are of 5.6.
func (r *recording) compareSteps(t *testing.T, got [][]string) (reason string) {
	t.Helper()
	var bindings []string
	got = slices.DeleteFunc(got, func(c []string) bool {
		switch {
		case c[0] == "SADD" && strings.Contains(c[1], "_kombu.binding_permanent."):
			return true
		case c[0] == "ZADD" || c[0] == "PEXPIRE":
			reason = "what kombu 5.7 does with queues that expire"
			return true
		case c[0] == "SADD":
			known := slices.Contains(bindings, c[1]+c[2])
			bindings = append(bindings, c[1]+c[2])
			return known // queues that expire are declared each time
		}
		return false
	})
	if diff := cmp.Diff(normal(r.steps()), normal(got)); diff != "" {
		t.Errorf("commands (-want +got)\n%s", diff)
	}
	return reason
}

// normal takes the random tags out, and puts the copies of one message in order of their queues.
func normal(steps [][]string) [][]string {
	out := make([][]string, len(steps))
	for i, c := range steps {
		out[i] = slices.Clone(c)
		out[i][len(c)-1] = deliveryTag.ReplaceAllString(c[len(c)-1], "")
	}
	slices.SortStableFunc(out, func(a, b []string) int {
		if a[0] != "LPUSH" || b[0] != "LPUSH" || a[2] != b[2] {
			return 0
		}
		return strings.Compare(a[1], b[1])
	})
	return out
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
