package interop_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestMatrix sends each form of a message to real workers, and logs what each of them took.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := matrix{cells: map[string]map[string]string{}}
	t.Run("workers", func(t *testing.T) {
		key, certificate := signingFiles(t)
		for _, broker := range brokers {
			for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
				t.Run(broker.name+" "+string(version), func(t *testing.T) {
					t.Parallel()
					c := column{
						matrix: &m, broker: broker, version: version, url: broker.url(t),
						signing: []string{"BEAT_SECURITY_KEY=" + key, "BEAT_SECURITY_CERTIFICATE=" + certificate},
					}
					c.run(t)
				})
			}
		}
	})
	t.Log("\n" + m.String())
}

// kind is a kind of broker that workers are fed by.
type kind struct {
	name string
	url  func(testing.TB) string
	open func(*testing.T, string) inbox
}

var brokers = []kind{{"rabbitmq", testenv.RabbitMQ, openRabbitMQ}, {"redis", testenv.Redis, openRedis}}

// matrix holds what became of each form in each column. It is safe for concurrent use.
type matrix struct {
	mu      sync.Mutex
	columns []string
	cells   map[string]map[string]string // form -> column -> what became of it
}

func (m *matrix) add(column string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.columns = append(m.columns, column)
	slices.Sort(m.columns)
}

func (m *matrix) set(form, column, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells[form] == nil {
		m.cells[form] = map[string]string{}
	}
	m.cells[form][column] = what
}

// String returns the table, forms in the order of the list.
func (m *matrix) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "form\t%s\n", strings.Join(m.columns, "\t"))
	for _, f := range append(forms(), priorityForm) {
		fmt.Fprint(w, f.name)
		for _, c := range m.columns {
			fmt.Fprint(w, "\t", cmp.Or(m.cells[f.name][c], "NOTHING"))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return out.String()
}

// column is one worker with its beat.
type column struct {
	*matrix
	broker  kind
	version testenv.Version
	url     string
	signing []string

	name   string // release and broker
	site   *site
	worker *testenv.Program
}

func (c *column) run(t *testing.T) {
	c.site = newSite(t, c.url)
	c.site.env = append(c.site.env, "BEAT_CONFIG=testdata/matrix/settings.json")
	c.site.env = append(c.site.env, c.signing...)
	beat := c.site.beat(t)
	c.sendPriorities(t)
	c.worker = testenv.Celery(t, c.version).LaunchWorker(t, testenv.WorkerConfig{
		Dir: "testdata/matrix", App: "matrix", Env: append([]string{"CELERY_BROKER_URL=" + c.url}, c.signing...),
	})
	c.checkPriorities(t)
	c.send(t, beat, 2)
	beat.Stop(t)
	c.site.env = append(c.site.env, "BEAT_TASK_PROTOCOL=1")
	beat = c.site.beat(t)
	c.send(t, beat, 1)
	beat.Stop(t)
	c.checkUnread(t)
}

// send sends all forms of a protocol and waits for what becomes of them.
func (c *column) send(t *testing.T, beat *testenv.Program, protocol int) {
	t.Helper()
	wanted, refused := map[string]form{}, map[string]form{}
	for _, f := range forms() {
		switch {
		case f.protocol != protocol:
			continue
		case f.refusedBy(c.version):
			refused[f.name] = f
			continue
		case f.unroutable:
			c.site.insert(t, f)
			if line := beat.WaitFor(t, "did not reach a queue"); !strings.Contains(line, f.name) {
				t.Errorf("beat says %s, want it of %s", line, f.name)
			}
			c.set(f.name, c.name, cellUnroutable)
			continue
		case !f.unreadOnRedis || c.broker.name != "redis":
			wanted[f.name] = f
		}
		c.site.insert(t, f)
	}
	c.checkTaken(t, wanted)
	for name, f := range refused { // alone, for the worker names none of them
		c.site.insert(t, f)
		if line := c.worker.WaitFor(t, "Can't decode message body"); !strings.Contains(line, "Unknown certificate") {
			t.Errorf("the worker says %s, want that it does not find the certificate", line)
		}
		c.set(name, c.name, cellUnsigned)
	}
}

// checkUnread looks for what was sent to a broadcast queue through Redis.
func (c *column) checkUnread(t *testing.T) {
	t.Helper()
	if c.broker.name != "redis" {
		return
	}
	options, err := redis.ParseURL(c.url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	lists, err := client.Keys(t.Context(), "bcast.*").Result()
	if err != nil || len(lists) != 1 {
		t.Errorf("got %q and %v, want one list of a broadcast queue", lists, err)
		return
	}
	c.set("broadcast", c.name, cellUnread)
}

// release reads the version of Celery out of what a worker says when it starts.
func release(t *testing.T, worker *testenv.Program) string {
	t.Helper()
	found := regexp.MustCompile(` v(\d+\.\d+\.\d+) `).FindStringSubmatch(worker.WaitFor(t, " -------------- celery@"))
	if found == nil {
		t.Fatal("the worker does not tell its version")
	}
	return found[1]
}

// insert adds the row of a form. It is due at once; what nobody may listen to yet is sent every second.
func (s *site) insert(t *testing.T, f form) {
	t.Helper()
	values := []any{
		f.name, cmp.Or(f.task, "matrix.echo"), f.options(t), f.queue, f.exchange, f.key, f.priority,
	}
	schedule := `kind, every, period) select id, 'interval', 1, 'seconds' from t`
	if !f.repeated {
		schedule = `kind, clocked_time) select id, 'clocked', clock_timestamp() + $8 * interval '1 millisecond' from t`
		values = append(values, f.after.Milliseconds())
	}
	s.exec(t, `with t as (
			insert into periodic_task (name, task, args, kwargs, headers, options, queue, exchange, routing_key, priority)
			values ($1, $2, jsonb_build_array($1::text, 1.5), '{"ключ": [null, true]}', '{"color": "blue"}', $3,
				nullif($4, ''), nullif($5, ''), nullif($6, ''), $7) returning id)
		insert into task_schedule (task_id, `+schedule, values...)
}

// taken is what a task of the matrix printed.
type taken struct {
	Args        []any
	Kwargs      json.RawMessage
	Task        string
	Exchange    string
	RoutingKey  string `json:"routing_key"`
	Priority    *int
	ContentType *string `json:"content_type"`
	Compression *string
	Color       *string
}

// checkTaken waits until the worker has executed each wanted form, and compares what it was given.
func (c *column) checkTaken(t *testing.T, wanted map[string]form) {
	t.Helper()
	for len(wanted) > 0 {
		got, name := c.next(t)
		f, ok := wanted[name]
		if !ok {
			continue // sent every second
		}
		delete(wanted, name)
		what := "yes"
		if problem := f.problem(got); problem != "" {
			what = problem
			t.Errorf("%s: %s", name, problem)
		}
		c.set(name, c.name, what)
	}
}

// next waits for the worker to execute a task, and returns what it printed with the name of the form.
func (c *column) next(t *testing.T) (taken, string) {
	t.Helper()
	_, text, _ := strings.Cut(c.worker.WaitFor(t, "RUN {"), "RUN ")
	var got taken
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(got.Args) == 0 {
		t.Fatalf("a task without arguments ran: %s", text)
	}
	name, _ := got.Args[0].(string)
	return got, name
}

// sendPriorities sends messages of all priorities in a mixed order before there is a worker, and waits until all of them
// are at the broker.
func (c *column) sendPriorities(t *testing.T) {
	t.Helper()
	box := c.broker.open(t, c.url)
	for i, p := range mixed {
		f := priorityForm
		f.name, f.priority, f.after = fmt.Sprint(priorityForm.name, " ", p), &p, time.Duration(i)*50*time.Millisecond
		c.site.insert(t, f)
	}
	c.site.insert(t, form{name: "last", after: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := box.next(ctx); err != nil {
		t.Fatal(err)
	}
	box.rest(t)
}

// checkPriorities wants the order in which Celery's workers get the messages: the highest first on RabbitMQ, the lowest
// step first on Redis, and in the order of sending within a step.
func (c *column) checkPriorities(t *testing.T) {
	t.Helper()
	c.name = release(t, c.worker) + " " + c.broker.name
	c.add(c.name)
	want := slices.Clone(mixed)
	slices.SortStableFunc(want, func(a, b int) int {
		if c.broker.name == "redis" {
			return cmp.Compare(a/3, b/3) // steps 0, 3, 6, 9
		}
		return cmp.Compare(b, a)
	})
	var got []int
	for range mixed { // when the first one runs, all queues are declared
		g, name := c.next(t)
		if g.Priority == nil || name != fmt.Sprint(priorityForm.name, " ", *g.Priority) || g.RoutingKey != "urgent" {
			t.Fatalf("%s came as %+v", name, g)
		}
		got = append(got, *g.Priority)
	}
	if !slices.Equal(got, want) {
		t.Errorf("priorities came in the order %v, want %v", got, want)
		c.set(priorityForm.name, c.name, fmt.Sprint(got))
		return
	}
	c.set(priorityForm.name, c.name, "yes")
}

var (
	priorityForm = form{name: "priorities", queue: "urgent"}
	mixed        = []int{4, 9, 0, 7, 2, 5, 1, 8, 3, 6}
)
