package redisstore_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/relay"
)

// rigged is a store with what the suite does to its database.
type rigged struct {
	*redisstore.Store

	config redisstore.Config
}

var _ storetest.Rigged = rigged{}

func (r rigged) Rig() storetest.Rig {
	return storetest.Rig{
		Through: r.through, Counted: r.counted, Wrong: r.wrong, Forgetful: forgetful, Restarted: restarted, FailedOver: failedOver,
		Reformat: r.reformat,
	}
}

func (r rigged) through(t *testing.T) (storetest.Store, storetest.Wire) {
	t.Helper()
	wire := relay.Listen(t, r.config.URL, relay.Tap{})
	c := r.config
	c.URL = wire.URL(t, c.URL)
	return open(t, c), wire
}

func (r rigged) counted(t *testing.T) (storetest.Store, func(func()) map[string]int) {
	t.Helper()
	counts := &commands{}
	wire := relay.Listen(t, r.config.URL, relay.Tap{Asked: func() io.Writer { return &requests{commands: counts} }})
	c := r.config
	c.URL = wire.URL(t, c.URL)
	return open(t, c), counts.during
}

// wrong starts servers of its own, since passwords and roles belong to a server and not to a database.
func (r rigged) wrong(t *testing.T) map[string]func() (storetest.Store, error) {
	t.Helper()
	guarded := testenv.StartRedis(t, "--requirepass", "another").URL()
	_, host, _ := strings.Cut(guarded, "//")
	host = strings.TrimSuffix(host, "/0")
	attempts := map[string]func() (storetest.Store, error){}
	for what, url := range map[string]string{
		"WRONGPASS":        "redis://:" + storetest.Secret + "@" + host,
		"127.0.0.1:1":      "redis://:" + storetest.Secret + "@127.0.0.1:1",
		"no-such-host":     "redis://:" + storetest.Secret + "@no-such-host.invalid",
		"READONLY":         testenv.StartRedis(t, "--replicaof", "127.0.0.1 1").URL(),
		"maxmemory-policy": testenv.StartRedis(t, "--maxmemory-policy", "allkeys-lru").URL(),
		"OOM":              testenv.StartRedis(t, "--maxmemory", "1kb").URL(),
	} {
		attempts[what] = func() (storetest.Store, error) { return redisstore.Open(redisstore.Config{URL: url}) }
	}
	return attempts
}

// forgetful is a store on a server of its own, since scripts belong to a server and not to a database.
func forgetful(t *testing.T) (s storetest.Store, forget func()) {
	t.Helper()
	server := testenv.StartRedis(t).URL()
	client := connect(t, server)
	return open(t, redisstore.Config{URL: server}), func() {
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// durable are the arguments of a server that syncs each write.
func durable() []string { return []string{"--appendonly", "yes", "--appendfsync", "always"} }

func restarted(t *testing.T) (s storetest.Store, restart func()) {
	t.Helper()
	server := testenv.StartRedis(t, durable()...)
	return open(t, redisstore.Config{URL: server.URL()}), func() {
		if err := errors.Join(server.Kill(), server.Start(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// failedOver is a store that reaches its server by an address that stays when the replica takes over.
func failedOver(t *testing.T) (s storetest.Store, failOver func()) {
	t.Helper()
	master := testenv.StartRedis(t)
	replica := testenv.StartRedisReplica(t, master)
	wire := relay.Listen(t, master.URL(), relay.Tap{})
	old, heir := connect(t, master.URL()), connect(t, replica.URL())
	return open(t, redisstore.Config{URL: wire.URL(t, master.URL())}), func() {
		wire.Away(true)   // so that all that was confirmed reaches the replica
		one := old.Conn() // what it writes comes after all that was written before
		defer one.Close()
		written := one.Set(t.Context(), "last", 1, 0).Err()
		acknowledged := one.Wait(t.Context(), 1, time.Minute).Err()
		err := errors.Join(written, acknowledged, master.Kill(), heir.ReplicaOf(t.Context(), "NO", "ONE").Err())
		if err != nil {
			t.Error(err)
		}
		wire.Redirect(t, replica.URL())
		wire.Away(false)
	}
}

// reformat writes the record of a task, whose schedule is the given one, with another format.
func (r rigged) reformat(t *testing.T, id beat.EntryID, format int) {
	t.Helper()
	e, err := r.Lookup(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	client, key := connect(t, r.config.URL), "{gobeat:"+r.config.Namespace+"}:tasks"
	text, err := client.HGet(t.Context(), key, e.TaskID).Result()
	if err != nil {
		t.Fatal(err)
	}
	record := map[string]any{}
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		t.Fatal(err)
	}
	if record["format"] = format; format == 0 {
		delete(record, "format")
	}
	changed, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.HSet(t.Context(), key, e.TaskID, changed).Err(); err != nil {
		t.Fatal(err)
	}
}

// connect opens a database without the store, as another program would.
func connect(t *testing.T, server string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(server)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}
