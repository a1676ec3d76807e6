// Command goworker executes tasks in Go that gobeat sends with task_protocol 1. Read its README before you build on it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gocelery/gocelery"
	"github.com/gomodule/redigo/redis"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv("CELERY_BROKER_URL")); err != nil {
		fmt.Fprintln(os.Stderr, "goworker:", err)
		os.Exit(1)
	}
}

// run works until ctx ends.
func run(ctx context.Context, url string) error {
	broker, err := open(url)
	if err != nil {
		return err
	}
	// One worker: an echo belongs to all that run at the same time.
	client, err := gocelery.NewCeleryClient(broker, noResults{}, 1)
	if err != nil {
		return fmt.Errorf("make a worker: %w", err)
	}
	client.Register("tasks.add", add)
	client.Register("tasks.echo", &echo{})
	client.StartWorkerWithContext(ctx)
	fmt.Println("goworker: ready")
	<-ctx.Done()
	client.WaitForStopWorker()
	return nil
}

// open connects to the queue "celery" of a broker.
func open(url string) (broker gocelery.CeleryBroker, err error) {
	switch scheme, _, _ := strings.Cut(url, "://"); scheme {
	case "redis":
		pool := &redis.Pool{Dial: func() (redis.Conn, error) { return redis.DialURL(url) }}
		return gocelery.NewRedisBroker(pool), nil
	case "amqp":
		defer func() { // the library panics where others return an error
			if problem := recover(); problem != nil {
				err = fmt.Errorf("connect to RabbitMQ: %v", problem)
			}
		}()
		return gocelery.NewAMQPCeleryBroker(url), nil
	}
	return nil, errors.New("CELERY_BROKER_URL does not begin with redis:// or amqp://")
}

// add gets its arguments by position. A task must return something: the library fails on nothing when it stops.
func add(x, y int) int {
	fmt.Printf("add(%d, %d) = %d\n", x, y, x+y)
	return x + y
}

// echo gets its arguments by name.
type echo struct{ kwargs map[string]any }

var _ gocelery.CeleryTask = (*echo)(nil)

// ParseKwargs is called before each run.
func (e *echo) ParseKwargs(kwargs map[string]any) error {
	e.kwargs = kwargs
	return nil
}

// RunTask prints the arguments.
func (e *echo) RunTask() (any, error) {
	fmt.Println("echo", e.kwargs)
	return true, nil
}

// noResults stands for the result backend that the library demands. Nobody asks for the result of a scheduled task.
type noResults struct{}

func (noResults) GetResult(string) (*gocelery.ResultMessage, error) {
	return nil, errors.New("results are not kept")
}

func (noResults) SetResult(string, *gocelery.ResultMessage) error { return nil }
