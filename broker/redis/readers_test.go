package redis

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

func TestReadInfo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       info
	}{
		{"nothing", "", info{}},
		{
			"Redis", "# Server\r\nredis_version:7.0.15\r\nredis_mode:cluster\r\nrun_id:ab\r\n# Memory\r\nmaxmemory_policy:allkeys-lru\r\n" +
				"# Replication\r\nrole:master\r\nmaster_replid:cd\r\nmaster_replid2:ef\r\n",
			info{major: 7, cluster: true, runID: "ab", replID: "cd", formerReplID: "ef", policy: "allkeys-lru"},
		},
		{"replica that loads", "role:slave\r\nloading:1\r\n", info{loading: true, replica: true}},
		{"no number", "redis_version:unstable\nrun_id", info{}},
	}
	for _, tt := range tests {
		if got := readInfo(tt.text); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestHistory walks through what connections may lead to.
func TestHistory(t *testing.T) {
	t.Parallel()
	const a, b = "10.0.0.1:6379", "10.0.0.2:6379"
	none := strings.Repeat("0", 40)
	steps := []struct {
		name, place string
		server      info
		want        bool
	}{
		{"first connection", a, info{runID: "r1", replID: "h1", formerReplID: none}, false},
		{"another to the same", a, info{runID: "r1", replID: "h1", formerReplID: none}, false},
		{"one that may not ask", a, info{}, false},
		{"another node of the cluster", b, info{runID: "r2", replID: "h2", formerReplID: none}, false},
		{"started anew", a, info{runID: "r3", replID: "h3", formerReplID: none}, true},
		{"promoted replica of the first node", b + "0", info{runID: "r4", replID: "h4", formerReplID: "h3"}, true},
		{"the same process with other data", b, info{runID: "r2", replID: "h5", formerReplID: none}, true},
		{"still there", b, info{runID: "r2", replID: "h5", formerReplID: none}, false},
	}
	var h history
	for _, s := range steps {
		if got := h.changed(s.place, s.server); got != s.want {
			t.Errorf("%s: got %v, want %v", s.name, got, s.want)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Duration{
		"60000": time.Minute, "1.9": time.Millisecond, `"2000"`: 2 * time.Second, "0": 0, "-1": 0, `"soon"`: 0, "null": 0,
		"1e300": 0, "NaN": 0, "4294967295": maxExpiry * time.Millisecond, "4294967296": 0,
	}
	for text, want := range tests {
		if got := milliseconds([]byte(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if got := bindingTTL(time.Minute); got != time.Hour {
		t.Errorf("got %v, want an hour", got)
	}
	if got := bindingTTL(3 * time.Hour); got != 6*time.Hour {
		t.Errorf("got %v, want six hours", got)
	}
}

func TestTagged(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{"": false, "beat": false, "{}": false, "{": false, "}{": false, "{a}": true, "x{a}y:": true, "{}{a}": false}
	for prefix, want := range tests {
		if got := tagged(prefix); got != want {
			t.Errorf("%q: got %v, want %v", prefix, got, want)
		}
	}
}

func FuzzInfo(f *testing.F) {
	f.Add("redis_version:7.0.15\r\nrun_id:ab\r\nmaster_replid:cd\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		i := readInfo(text)
		if !strings.Contains(text, i.runID) || !strings.Contains(text, i.replID) {
			t.Fatalf("got %+v of %q", i, text)
		}
		var h history
		if h.changed("a", i) {
			t.Fatal("the first connection counts as a change")
		}
		if h.changed("a", i) {
			t.Fatal("the same server counts as a change")
		}
	})
}

// FuzzNotes reads what the memory of batches may hold, and all that the script can write must be read.
func FuzzNotes(f *testing.F) {
	f.Add("0r,2t,", uint8(3))
	f.Add(",", uint8(1))
	f.Add("x,", uint8(1))
	f.Fuzz(func(t *testing.T, notes string, n uint8) {
		out := make([]message.Outcome, n)
		if readNotes(notes, out) != nil {
			return
		}
		for i, o := range out {
			noted := strings.Contains(","+notes, ","+strconv.Itoa(i)+"r,") || strings.Contains(","+notes, ","+strconv.Itoa(i)+"t,")
			if noted && o.State == message.Confirmed {
				t.Fatalf("message %d is confirmed in spite of %q", i, notes)
			}
			if o.State == message.Unknown || o.State == message.Rejected {
				t.Fatalf("message %d: got %v of a chunk that is known", i, o.State)
			}
		}
	})
}

func FuzzExpiry(f *testing.F) {
	f.Add("60000")
	f.Fuzz(func(t *testing.T, text string) {
		if got := milliseconds([]byte(text)); got < 0 || got > maxExpiry*time.Millisecond {
			t.Fatalf("got %v of %q", got, text)
		}
	})
}
