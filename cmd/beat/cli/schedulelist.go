package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// scheduleOwner owns the tasks that come from beat_schedule.
const scheduleOwner = "beat_schedule"

// backendCleanup is the task with which Celery removes expired results, and the name of its entry.
const backendCleanup = "celery.backend_cleanup"

// scheduleList returns what the tasks are brought in line with, checked as rows are; false when the settings say
// nothing about it.
func (a *App) scheduleList(cfg config.Config) (reconcile.List, bool, error) {
	list := reconcile.List{Owner: scheduleOwner, Whole: cfg.Beat.Schedule.Given()}
	if list.Whole {
		wanted, err := readSchedule(cfg.Beat.Schedule.JSON(), cfg.Wants)
		if err != nil {
			return list, false, &config.FieldError{
				Field: "beat_schedule", Source: cfg.Origin("beat_schedule"), Problem: "cannot be read: " + err.Error(),
			}
		}
		list.Wanted = wanted
	}
	if cleansUp(&cfg.Beat) && cfg.Cleans() && !named(list.Wanted, backendCleanup) {
		list.Wanted = append(list.Wanted, cleanupEntry(cfg.Beat.Kind()))
	}
	if err := a.checkWanted(cfg, list.Wanted); err != nil {
		return list, false, err
	}
	return list, list.Whole || len(list.Wanted) > 0, nil
}

func readSchedule(text json.RawMessage, wants func(tenants []string) (bool, error)) ([]reconcile.Wanted, error) {
	var doc yaml.Node // YAML is a superset of JSON
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	return wantedOf(doc.Content[0], wants)
}

// checkWanted notes at each entry why the scheduler would not run it.
func (a *App) checkWanted(cfg config.Config, wanted []reconcile.Wanted) error {
	build, err := a.Builder(cfg)
	if err != nil {
		return err
	}
	compile := a.Compiler(cfg, build)
	for i := range wanted {
		e := &wanted[i].Entry
		if e.Task == "" && e.Bad == nil {
			e.Bad = &beat.EntryError{Name: e.Name, Field: "task", Problem: "is missing"}
		}
		if _, bad := compile.Plan(e); bad != nil {
			e.Bad = bad
		}
	}
	return nil
}

func named(wanted []reconcile.Wanted, name string) bool {
	for i := range wanted {
		if wanted[i].Entry.Name == name {
			return true
		}
	}
	return false
}

// cleansUp tells whether results expire in a backend that keeps them, as Celery decides it. Without a backend there is
// nothing to clean up, although Celery sends the task then as well.
func cleansUp(b *config.Beat) bool {
	switch b.BackendCleanup {
	case config.CleanupOn:
		return true
	case config.CleanupOff:
		return false
	}
	backend, _, _ := strings.Cut(b.ResultBackend.Reveal(), ":")
	backend, _, _ = strings.Cut(backend, "+")
	switch backend {
	case "", "disabled", // none
		"redis", "rediss", "sentinel", "rpc", "amqp", "cache", "memcache", "memcached", "django-cache", "cassandra", "consul",
		"couchbase", "dynamodb": // where results expire by themselves
		return false
	}
	return b.ResultExpires
}

// cleanupEntry is the entry that Celery adds. It expires after half a day where the tables have a place for that.
func cleanupEntry(tables config.SchedulerKind) reconcile.Wanted {
	e := beat.Entry{
		Name: backendCleanup, Task: backendCleanup, Options: json.RawMessage(`{"expires": 43200}`),
		Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "0", Hour: "4"}, Enabled: true, Active: true,
	}
	if tables == config.KindCSS {
		e.Options = nil
	}
	return reconcile.Wanted{Entry: e}
}

// planAttempts is how often a plan is made anew when somebody else changes the same tasks meanwhile, for example
// another replica that starts.
const planAttempts = 5

// bringInLine brings the tasks of a store in line with the list and tells of each step that is not already in line.
func bringInLine(ctx context.Context, list *reconcile.List, store Store, tell func(*reconcile.Step, beat.Entry)) error {
	if !store.Features().Owners {
		return errNoOwners
	}
	list.Adopt = store.Features().Unmarked
	told := map[string]bool{}
	for n := 1; ; n++ {
		steps, err := list.Plan(ctx, store)
		if err != nil {
			return err
		}
		for i := range steps {
			s := &steps[i]
			var done beat.Entry
			if done, err = reconcile.Apply(ctx, store, s); err != nil {
				break
			}
			if s.Action != reconcile.Keep && !told[s.Name] {
				told[s.Name] = true
				tell(s, done)
			}
		}
		if n == planAttempts || !errors.Is(err, beat.ErrConflict) && !errors.Is(err, beat.ErrExists) &&
			!errors.Is(err, beat.ErrNotFound) {
			return err
		}
	}
}

// errNoOwners means that a store cannot tell tasks of beat_schedule from those that people made.
var errNoOwners = errors.New("tasks cannot be brought in line with beat_schedule: these tables do not note who owns a task")
