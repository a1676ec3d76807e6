package cli_test

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// second returns what beat check says of a scheduler that is not ours.
func second(t *testing.T, env ...string) (found []string) {
	t.Helper()
	out, _, _ := once(t.Context(), newEnviron(append(env, "DATABASE_URL", "memory://", "BEAT_ASK_WORKERS", "no")...), "check")
	for line := range strings.Lines(columns(out)) {
		if detail, ok := strings.CutPrefix(line, "warn second beat "); ok {
			found = append(found, strings.TrimSuffix(detail, "\n"))
		}
	}
	return found
}

func TestCheckFindsTheScheduleOfAnotherBeat(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "schedule")
	env := []string{"BEAT_SCHEDULE_FILENAME", file}
	for _, ending := range []string{"", ".db", ".dat", "-wal"} {
		if got := second(t, env...); len(got) != 0 {
			t.Errorf("without a file: %q", got)
		}
		if err := os.WriteFile(file+ending, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := second(t, env...); len(got) != 1 || !strings.HasPrefix(got[0], file+ending+" was written at ") {
			t.Errorf("file %s: %q", ending, got)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(file+ending, old, old); err != nil { // its beat has ended
			t.Fatal(err)
		}
	}
}

func TestCheckFindsTheProcessOfAnotherBeat(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("what a process is can be told on Linux only")
	}
	running := func(title string) string {
		path, err := exec.LookPath("sleep")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), path, "3600")
		cmd.Args[0] = title
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		return strconv.Itoa(cmd.Process.Pid)
	}
	celery := running("[celery beat]")
	for name, tt := range map[string]struct {
		pid   string
		found bool
	}{
		"celery beat":       {celery, true},
		"another program":   {running("postgres"), false},
		"nobody":            {"99999999", false},
		"this process":      {strconv.Itoa(os.Getpid()), false},
		"no number":         {"celery", false},
		"a group":           {"-1", false},
		"an empty pidfile":  {"", false},
		"with a line break": {celery + "\n", true},
	} {
		file := filepath.Join(t.TempDir(), "pid")
		if err := os.WriteFile(file, []byte(tt.pid), 0o600); err != nil {
			t.Fatal(err)
		}
		got := second(t, "BEAT_PIDFILE", file)
		if tt.found && (len(got) != 1 || got[0] != "the pidfile "+file+" is that of process "+celery+", a celery beat that runs") ||
			!tt.found && len(got) != 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// ofRedBeat is a token of RedBeat's lock.
const ofRedBeat = "0123456789abcdef"

func redisOptions(t *testing.T, url string) *goredis.Options {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// lock sets a lock as a RedBeat would.
func lock(t *testing.T, options *goredis.Options, key, token string) {
	t.Helper()
	client := goredis.NewClient(options)
	defer func() { _ = client.Close() }()
	if err := client.Set(t.Context(), key, token, time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsARedBeat(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	options := redisOptions(t, s.URL())
	lock(t, options, "redbeat::lock", "gobeat:leads")
	if got := second(t, "CELERY_BROKER_URL", s.URL()); len(got) != 0 {
		t.Errorf("a lock of ours: %q", got)
	}
	lock(t, options, "redbeat::lock", ofRedBeat)
	lock(t, options, "site:mine", ofRedBeat)
	for name, tt := range map[string]struct {
		env  []string
		want string
	}{
		"in the broker":         {[]string{"CELERY_BROKER_URL", s.URL()}, "redbeat::lock"},
		"the first of two":      {[]string{"CELERY_BROKER_URL", s.URL() + ";redis://127.0.0.1:1/0"}, "redbeat::lock"},
		"in a Redis of its own": {[]string{"CELERY_REDBEAT_REDIS_URL", s.URL(), "CELERY_REDBEAT_KEY_PREFIX", "site:", "CELERY_REDBEAT_LOCK_KEY", "mine"}, "site:mine"},
		"under another name":    {[]string{"CELERY_BROKER_URL", s.URL(), "CELERY_REDBEAT_LOCK_KEY", "free"}, ""},
		"a Redis that is away":  {[]string{"CELERY_REDBEAT_REDIS_URL", "redis://127.0.0.1:1/0"}, ""},
		"no Redis at all":       {[]string{"CELERY_BROKER_URL", "amqp://127.0.0.1:1//"}, ""},
	} {
		got := second(t, tt.env...)
		if tt.want == "" && len(got) == 0 {
			continue
		}
		if want := "a RedBeat, which holds " + tt.want + ": it runs, or was killed, and then its lock ends in "; len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestCheckFindsARedBeatBehindSentinels(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	lock(t, redisOptions(t, s.MasterURL()), "redbeat::lock", ofRedBeat)
	node, err := url.Parse(s.Nodes[0].URL())
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string][]string{
		"of the broker": {
			"CELERY_BROKER_URL", s.URL(),
			"CELERY_BROKER_TRANSPORT_OPTIONS", fmt.Sprintf(`{"master_name": %q, "sentinel_kwargs": {"password": %q}}`,
				testenv.SentinelMaster, testenv.SentinelPassword),
		},
		"of RedBeat's options": {
			"CELERY_REDBEAT_REDIS_URL", "redis-sentinel://" + node.Host + "/0",
			"CELERY_REDBEAT_REDIS_OPTIONS", fmt.Sprintf(`{"sentinels": [[%q, %s]], "service_name": %q, "password": %q, "sentinel_kwargs": {"password": %q}}`,
				node.Hostname(), node.Port(), testenv.SentinelMaster, testenv.MasterPassword, testenv.SentinelPassword),
		},
	} {
		if got := second(t, env...); len(got) != 1 || !strings.HasPrefix(got[0], "a RedBeat, which holds redbeat::lock") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCheckFindsARedBeatOverTLS(t *testing.T) {
	t.Parallel()
	authority := testenv.NewAuthority(t)
	s := testenv.StartRedisTLS(t, authority)
	options := redisOptions(t, s.URL())
	cert, key := authority.Issue(t, "beat", "beat.test")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	options.TLSConfig.Certificates, options.TLSConfig.InsecureSkipVerify = []tls.Certificate{pair}, true
	lock(t, options, "redbeat::lock", ofRedBeat)
	trusted := fmt.Sprintf(`{"ssl_ca_certs": %q, "ssl_certfile": %q, "ssl_keyfile": %q}`, authority.CA, cert, key)
	for name, tt := range map[string]struct {
		env   []string
		found bool
	}{
		"of RedBeat":       {[]string{"CELERY_REDBEAT_REDIS_URL", s.URL(), "CELERY_REDBEAT_REDIS_USE_SSL", trusted}, true},
		"of the broker":    {[]string{"CELERY_REDBEAT_REDIS_URL", s.URL(), "CELERY_BROKER_USE_SSL", trusted}, true},
		"nothing is said":  {[]string{"CELERY_REDBEAT_REDIS_URL", s.URL()}, false},
		"RedBeat's counts": {[]string{"CELERY_REDBEAT_REDIS_URL", s.URL(), "CELERY_BROKER_USE_SSL", trusted, "CELERY_REDBEAT_REDIS_USE_SSL", "{}"}, false},
	} {
		if got := second(t, tt.env...); (len(got) == 1) != tt.found {
			t.Errorf("%s: %q, want it found: %t", name, got, tt.found)
		}
	}
}
