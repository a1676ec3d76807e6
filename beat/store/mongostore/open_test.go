package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config mongostore.Config
		want   string
	}{
		"no URL":         {mongostore.Config{}, "database URL"},
		"another kind":   {mongostore.Config{URL: "amqp://guest:hunter2@localhost//"}, "scheme"},
		"odd password":   {mongostore.Config{URL: "mongodb://u:hunter2%@localhost/"}, "%XX"},
		"odd option":     {mongostore.Config{URL: "mongodb://u:hunter2@localhost/?maxPoolSize=many"}, "many"},
		"odd prefix":     {mongostore.Config{URL: "mongodb://u:hunter2@localhost/d?collection_prefix=a$b"}, `"a$b"`},
		"no connections": {mongostore.Config{URL: "mongodb://localhost/", MaxConns: -1}, "max conns is -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mongostore.Open(c.config)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Open = %v, want an error with %q and no password", err, c.want)
			}
		})
	}
}

func TestPrepareChecks(t *testing.T) {
	t.Parallel()
	url := testenv.MongoDB(t) + "?collection_prefix=our_"
	s, err := mongostore.Open(mongostore.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Prepare(t.Context(), beat.PrepareCheck)
	if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), "our_tasks") {
		t.Errorf("Prepare = %v, want ErrMigrate and the name of the collection", err)
	}
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(t.Context(), beat.PrepareCheck); err != nil {
		t.Errorf("Prepare with everything there: %v", err)
	}
}

// TestTasksAreReadable looks at a task as other clients of the database see it.
func TestTasksAreReadable(t *testing.T) {
	t.Parallel()
	url := testenv.MongoDB(t)
	s := open(t, mongostore.Config{URL: url, Namespace: "a/b"})
	_, err := s.Add(t.Context(), beat.Entry{
		Name: "tick", Task: "proj.add", Args: []byte("[1, 2]"), Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var task struct {
		Namespace, Name string
		Body            struct {
			Task struct {
				Task, Args string
				Enabled    bool
			}
			Schedules []struct{ Schedule struct{ Every int } }
		}
	}
	if err := tasksOf(t, url).FindOne(t.Context(), bson.D{}).Decode(&task); err != nil {
		t.Fatal(err)
	}
	if task.Namespace != "a/b" || task.Name != "tick" || task.Body.Task.Task != "proj.add" || task.Body.Task.Args != "[1, 2]" ||
		!task.Body.Task.Enabled || len(task.Body.Schedules) != 1 || task.Body.Schedules[0].Schedule.Every != 10 {
		t.Errorf("the document reads as %+v", task)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s, err := mongostore.Open(mongostore.Config{URL: "mongodb://u:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=100"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Latest(ctx); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Latest = %v, want an error without the password", err)
	}
}
