package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// inquiryRig is an inquiry over rows in memory and workers that say what the test wants. It lives in a synctest bubble.
type inquiryRig struct {
	t     *testing.T
	store *memstore.Store

	mu      sync.Mutex
	workers pidbox.Workers
	fail    error
	follows bool
	asked   int
	log     bytes.Buffer
}

// newInquiryRig returns a rig whose only worker knows the tasks and reads the queues.
func newInquiryRig(t *testing.T, tasks, queues []string) *inquiryRig {
	r := &inquiryRig{t: t, store: memstore.New()}
	r.say("a", tasks, queues)
	return r
}

// say lets a worker answer; with nil it gives no answer of that kind.
func (r *inquiryRig) say(worker string, tasks, queues []string) {
	r.set(func() {
		w := pidbox.Workers{Names: slices.Clone(r.workers.Names), Tasks: map[string][]string{}, Queues: map[string][]string{}}
		for _, name := range w.Names {
			w.Tasks[name], w.Queues[name] = r.workers.Tasks[name], r.workers.Queues[name]
		}
		if !slices.Contains(w.Names, worker) {
			w.Names = append(w.Names, worker)
		}
		w.Tasks[worker], w.Queues[worker] = tasks, queues
		if queues == nil {
			delete(w.Queues, worker)
		}
		r.workers = w
	})
}

func (r *inquiryRig) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *inquiryRig) ask(context.Context) (*pidbox.Workers, error) {
	time.Sleep(2 * inquiryTimeout)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	w := r.workers
	return &w, r.fail
}

// times is how often the workers were asked.
func (r *inquiryRig) times() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// Write takes the log.
func (r *inquiryRig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

func (r *inquiryRig) add(name, task, queue string) beat.Entry {
	r.t.Helper()
	e := hourly(name)
	e.Task, e.Queue = task, queue
	e, err := r.store.Add(r.t.Context(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// start runs the inquiry until the end of the test.
func (r *inquiryRig) start() {
	r.t.Helper()
	s := newTestSession(r.t, r.store)
	bare := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == "schedule" {
			return slog.Attr{}
		}
		return a
	}
	q := &inquiry{
		rows: r.store, wants: wantsOfRow(s.compile, s.build), ask: r.ask, told: &told{},
		leads: func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return !r.follows
		},
		log: slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{ReplaceAttr: bare})),
	}
	ctx, stop := context.WithCancel(r.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		q.run(ctx)
	}()
	r.t.Cleanup(func() {
		stop()
		<-ended
	})
}

// said returns the warnings of the next while.
func (r *inquiryRig) said(while time.Duration) []string {
	r.t.Helper()
	time.Sleep(while)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := strings.Split(strings.TrimSuffix(r.log.String(), "\n"), "\n")
	r.log.Reset()
	if lines[0] == "" {
		return nil
	}
	return lines
}

func (r *inquiryRig) want(while time.Duration, want ...string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.said(while)); diff != "" {
		r.t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

const (
	warnsTask  = `msg="no worker knows the task" name=%s task=%s`
	warnsQueue = `msg="no worker reads the queue" name=%s queue=%s`
)

func TestInquiryWarnsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, []string{"celery", "mail"})
		r.add("good", "proj.echo", "")
		r.add("mails", "proj.echo", "mail")
		r.add("strange", "proj.strange", "")
		r.add("unread", "proj.echo", "unread")
		r.add("both", "proj.strange", "unread")
		off := r.add("off", "proj.gone", "gone")
		if err := r.store.SetEnabled(t.Context(), off.TaskID, false); err != nil {
			t.Fatal(err)
		}
		bad := hourly("bad")
		bad.Task, bad.Spec.Every = "proj.gone", 0
		if _, err := r.store.Add(t.Context(), bad); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.want(inquiryRest,
			fmt.Sprintf(warnsTask, "strange", "proj.strange"), fmt.Sprintf(warnsQueue, "unread", "unread"),
			fmt.Sprintf(warnsTask, "both", "proj.strange"), fmt.Sprintf(warnsQueue, "both", "unread"))
		r.want(24 * time.Hour)
		if day := int(24 * time.Hour / inquiryPeriod); r.times() < day*9/10 || r.times() > day+2 {
			t.Errorf("asked %d times in a day, want about %d", r.times(), day)
		}
	})
}

func TestInquiryWaitsForWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, nil, nil)
		r.workers = pidbox.Workers{}
		r.add("strange", "proj.strange", "")
		r.start()
		r.want(time.Hour)
		r.set(func() { r.fail = fmt.Errorf("control: %w", message.ErrUnavailable) })
		r.want(time.Hour)
		r.set(func() { r.fail = nil })
		r.say("a", []string{"proj.echo"}, []string{"celery"})
		r.want(3*inquiryRest, fmt.Sprintf(warnsTask, "strange", "proj.strange"))
	})
}

func TestInquiryFollowsChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, []string{"celery"})
		good := r.add("good", "proj.echo", "")
		r.start()
		r.want(time.Hour)
		r.add("new", "proj.new", "")
		good.Queue, good.ModifiedAt = "unread", time.Time{}
		if _, err := r.store.Update(t.Context(), good); err != nil {
			t.Fatal(err)
		}
		got := r.said(2 * inquiryRest)
		slices.Sort(got)
		want := []string{fmt.Sprintf(warnsTask, "new", "proj.new"), fmt.Sprintf(warnsQueue, "good", "unread")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}

		// Rows that change all the time do not make it ask all the time.
		before := r.times()
		for range 600 {
			if err := r.store.SetEnabled(t.Context(), good.TaskID, r.times()%2 == 0); err != nil {
				t.Fatal(err)
			}
			r.want(time.Second)
		}
		if got, most := r.times()-before, int(10*time.Minute/inquiryRest)+1; got > most {
			t.Errorf("asked %d times in ten minutes, want at most %d", got, most)
		}
	})
}

func TestInquiryNoticesWhatWorkersLose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, []string{"celery"})
		r.say("b", []string{"proj.mail"}, []string{"mail"})
		r.add("echo", "proj.echo", "")
		r.add("mail", "proj.mail", "mail")
		r.start()
		r.want(time.Hour)

		// It leaves out one answer, being busy or started anew.
		whole := r.workers
		r.set(func() { r.workers = pidbox.Workers{Names: []string{"a"}, Tasks: whole.Tasks, Queues: whole.Queues} })
		time.Sleep(inquiryPeriod + inquiryStep)
		r.set(func() { r.workers = whole })
		r.want(time.Hour)

		// Then it is gone.
		r.set(func() { r.workers = pidbox.Workers{Names: []string{"a"}, Tasks: whole.Tasks, Queues: whole.Queues} })
		r.want(3*inquiryPeriod, fmt.Sprintf(warnsTask, "mail", "proj.mail"), fmt.Sprintf(warnsQueue, "mail", "mail"))
	})
}

func TestInquiryOnlyAsksAsLeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, []string{"celery"})
		r.follows = true
		r.add("strange", "proj.strange", "")
		r.start()
		r.want(time.Hour)
		if r.times() != 0 {
			t.Errorf("asked %d times without leading", r.times())
		}
		r.set(func() { r.follows = false })
		r.want(inquiryRest, fmt.Sprintf(warnsTask, "strange", "proj.strange"))
	})
}

// A worker that has told its tasks and not its queues may read any.
func TestInquiryTakesNoAnswerForNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, nil)
		r.add("strange", "proj.strange", "unread")
		r.start()
		r.want(time.Hour, fmt.Sprintf(warnsTask, "strange", "proj.strange"))
		r.say("a", []string{"proj.echo"}, []string{"celery"})
		r.want(time.Hour, fmt.Sprintf(warnsQueue, "strange", "unread"))
	})
}

func TestInquiryThatIsForbidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, nil, nil)
		r.fail = errors.New("ACCESS_REFUSED")
		r.add("strange", "proj.strange", "")
		r.start()
		r.want(time.Hour)
		if most := int(time.Hour / inquiryPeriod); r.times() > most {
			t.Errorf("asked %d times in an hour, want at most %d", r.times(), most)
		}
	})
}

func TestInquiryIsNoFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newInquiryRig(t, []string{"proj.echo"}, []string{"celery"})
		for i := range 3 * inquiryPage {
			r.add(fmt.Sprint("row", i), "proj.echo", "unread")
		}
		r.add("other", "proj.strange", "")
		r.start()
		got := r.said(time.Hour)
		if len(got) != mostOfWant+2 {
			t.Fatalf("%d warnings, want %d", len(got), mostOfWant+2)
		}
		if want := `msg="further rows of this kind are not named here, but by beat list --ask-workers" queue=unread`; got[mostOfWant] != want {
			t.Errorf("got %s, want %s", got[mostOfWant], want)
		}
		if got[mostOfWant+1] != fmt.Sprintf(warnsTask, "other", "proj.strange") {
			t.Errorf("one queue hides other rows: %s", got[mostOfWant+1])
		}
	})
}

func TestToldIsLimited(t *testing.T) {
	t.Parallel()
	var seen told
	warned, lasts := 0, 0
	for i := range 2 * mostTold {
		fresh, last := seen.add("1", want{wantTask, strconv.Itoa(i)})
		if fresh {
			warned++
		}
		if last {
			lasts++
		}
	}
	if warned != mostTold || lasts != 1 {
		t.Errorf("%d rows are warned of, and %d times that there are more; want %d and once", warned, lasts, mostTold)
	}
}
