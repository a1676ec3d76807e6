package interop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestFlower asks a real Flower what it knows of a beat and of a task that was sent. There is no worker.
func TestFlower(t *testing.T) {
	t.Parallel()
	for _, broker := range brokers {
		t.Run(broker.name, func(t *testing.T) {
			t.Parallel()
			url := broker.url(t)
			f := startFlower(t, url)
			s := newSite(t, url)
			s.env = append(s.env, "BEAT_TASK_SEND_SENT_EVENT=true", "BEAT_SEND_HEARTBEAT_EVENTS=true", "BEAT_DEPLOYMENT=flowered")
			beat := s.beat(t)
			s.exec(t, `with t as (insert into periodic_task (name, task, args, kwargs, expire_seconds)
					values ('seen', 'proj.echo', '[1.5, "x"]', '{"who": "Grüße"}', 3600) returning id)
				insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from t`)

			took := strings.Fields(f.program.WaitFor(t, "TOOK task-sent"))
			id := took[len(took)-1]
			var list map[string]flowerTask
			f.get(t, "/api/tasks?limit=50", &list)
			var one flowerTask
			f.get(t, "/api/task/info/"+id, &one)
			for where, task := range map[string]flowerTask{"list": list[id], "info": one} {
				if sent := time.UnixMicro(int64(task.Sent * 1e6)); time.Since(sent).Abs() > time.Minute {
					t.Errorf("%s: sent at %v", where, sent)
				}
				task.Sent = 0
				want := flowerTask{
					Name: "proj.echo", Args: "[1.5, 'x']", Kwargs: "{'who': 'Grüße'}", State: "PENDING", RoutingKey: "celery",
				}
				if task != want {
					t.Errorf("%s: got %+v, want %+v", where, task, want)
				}
			}

			name := "flowered@" + host(t)
			f.program.WaitFor(t, "TOOK worker-heartbeat "+name)
			f.wantBeat(t, name, true)
			beat.Stop(t)
			f.program.WaitFor(t, "TOOK worker-offline "+name)
			f.wantBeat(t, name, false)
		})
	}
}

// TestEventsDump has "celery events" of both releases print what a beat says of itself from its start to its end.
func TestEventsDump(t *testing.T) {
	t.Parallel()
	for _, broker := range brokers {
		t.Run(broker.name, func(t *testing.T) {
			t.Parallel()
			url := broker.url(t)
			var dumps []*testenv.Program
			for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
				cmd := exec.CommandContext(t.Context(), testenv.Celery(t, version).Path,
					"-m", "celery", "--broker", url, "events", "--dump")
				cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1")
				dumps = append(dumps, testenv.Start(t, cmd))
			}
			s := newSite(t, url)
			s.env = append(s.env, "BEAT_SEND_HEARTBEAT_EVENTS=true")
			beat := s.beat(t)
			for _, dump := range dumps {
				line := dump.WaitFor(t, "beat@"+host(t))
				for _, field := range []string{"sw_ident=gobeat", "freq=2.0", "processed=0", "active=0", "loadavg=[", "pid="} {
					if !strings.Contains(line, field) {
						t.Errorf("%s: %s is missing", line, field)
					}
				}
			}
			beat.Stop(t)
			for _, dump := range dumps {
				dump.WaitFor(t, "] shutdown: ")
			}
		})
	}
}

func host(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// flower is a Flower that serves on a socket in the file system.
type flower struct {
	program *testenv.Program
	client  http.Client
}

func startFlower(t *testing.T, url string) *flower {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "socket")
	cmd := exec.CommandContext(t.Context(), testenv.Celery(t, testenv.Newest).Path,
		"-m", "celery", "--app", "watched", "--broker", url, "flower", "--unix-socket="+socket)
	cmd.Dir = "testdata/flower"
	cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1", "FLOWER_UNAUTHENTICATED_API=true")
	f := &flower{program: testenv.Start(t, cmd)}
	f.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}, DisableKeepAlives: true}
	return f
}

// get asks the API, which answers from what Flower has taken in.
func (f *flower) get(t *testing.T, path string, v any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://flower"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := f.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %s", response.Status)
	}
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%.500s", path, err, body)
	}
}

// wantBeat wants a beat among the workers that Flower lists.
func (f *flower) wantBeat(t *testing.T, name string, alive bool) {
	t.Helper()
	var workers struct {
		Data []struct {
			Hostname string
			Status   bool
			Ident    string `json:"sw_ident"`
			Freq     float64
		}
	}
	f.get(t, "/workers?json=1", &workers)
	for _, w := range workers.Data {
		if w.Hostname == name {
			if w.Status != alive || w.Ident != "gobeat" || w.Freq != 2 {
				t.Errorf("Flower lists %+v, want it alive: %v", w, alive)
			}
			return
		}
	}
	t.Errorf("Flower lists %+v, want %s among them", workers.Data, name)
}

// flowerTask is what Flower shows of a task.
type flowerTask struct {
	Name, Args, Kwargs, State string
	Sent                      float64
	RoutingKey                string `json:"routing_key"`
}
