package pidbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Control is a request to all workers, and where their answers go.
type Control struct {
	Request       message.Envelope // to a fanout exchange
	ReplyExchange string           // a direct exchange
	ReplyKey      string           // of the queue of answers, which nobody else has
	ReplyQueue    string
}

// Carrier is a broker that carries remote control. The publishers of packages amqp and redis are carriers.
type Carrier interface {
	// Control publishes the request and hands on the body of each answer until ctx ends, which is no error. It returns
	// early when no worker can have heard it.
	Control(ctx context.Context, c Control, take func(body []byte)) error
}

// Timeout is how long workers have for their answers, as with Celery.
const Timeout = time.Second

// DefaultExchange is Celery's control_exchange.
const DefaultExchange = "celery"

// Workers is what workers have answered.
type Workers struct {
	Names  []string            // in the order of their answers
	Tasks  map[string][]string // registered tasks of each
	Queues map[string][]string // queues that each reads
}

// Ask asks all workers and waits for the timeout, twice. Answers that cannot be read are left out and are part of the error,
// beside what is known. The exchange is that of the setting control_exchange.
func Ask(ctx context.Context, by Carrier, exchange string, timeout time.Duration) (*Workers, error) {
	w := &Workers{Tasks: map[string][]string{}, Queues: map[string][]string{}}
	all := map[string]any{"builtins": true} // else celery.backend_cleanup and its like are left out
	err := ask(ctx, by, exchange, "registered", all, timeout, func(worker string, answer json.RawMessage) error {
		var tasks []string
		if err := json.Unmarshal(answer, &tasks); err != nil {
			return err
		}
		w.meet(worker)
		for i, task := range tasks {
			tasks[i], _, _ = strings.Cut(task, " [") // what follows are options of the task, such as its rate limit
		}
		w.Tasks[worker] = tasks
		return nil
	})
	if err != nil && !errors.Is(err, errAnswer) {
		return w, err
	}
	if len(w.Names) == 0 { // nobody is there
		return w, err
	}
	return w, errors.Join(err, ask(ctx, by, exchange, "active_queues", map[string]any{}, timeout, func(worker string, answer json.RawMessage) error {
		var queues []struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(answer, &queues); err != nil {
			return err
		}
		w.meet(worker)
		w.Queues[worker] = nil
		for _, q := range queues {
			w.Queues[worker] = append(w.Queues[worker], q.Name)
		}
		return nil
	}))
}

// meet notes a worker that has answered.
func (w *Workers) meet(name string) {
	_, tasks := w.Tasks[name]
	_, queues := w.Queues[name]
	if !tasks && !queues {
		w.Names = append(w.Names, name)
	}
}

// Knows tells whether some worker knows the task.
func (w *Workers) Knows(task string) bool { return among(w.Tasks, task) }

// Reads tells whether some worker reads the queue.
func (w *Workers) Reads(queue string) bool { return among(w.Queues, queue) }

func among(lists map[string][]string, wanted string) bool {
	for _, list := range lists {
		if slices.Contains(list, wanted) {
			return true
		}
	}
	return false
}

// errAnswer means that an answer could not be read.
var errAnswer = errors.New("an answer that cannot be read")

// mostAnswer is how large an answer may be.
const mostAnswer = 16 << 20

func ask(
	ctx context.Context, by Carrier, exchange, method string, arguments map[string]any, timeout time.Duration,
	take func(worker string, answer json.RawMessage) error,
) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := request(exchange, method, arguments, time.Now().Add(timeout))
	if err != nil {
		return err
	}
	var wrong []error
	err = by.Control(ctx, c, func(body []byte) {
		var answers map[string]json.RawMessage
		if len(body) > mostAnswer {
			wrong = append(wrong, fmt.Errorf("%w to %s: %d bytes", errAnswer, method, len(body)))
			return
		}
		if err := json.Unmarshal(body, &answers); err != nil {
			wrong = append(wrong, fmt.Errorf("%w to %s: %w", errAnswer, method, err))
			return
		}
		for worker, answer := range answers {
			if err := take(worker, answer); err != nil {
				wrong = append(wrong, fmt.Errorf("%w to %s, of %q: %w", errAnswer, method, worker, err))
			}
		}
	})
	if err != nil {
		return fmt.Errorf("ask workers (%s): %w", method, err)
	}
	return errors.Join(wrong...)
}

// request makes the message of kombu's Mailbox.
func request(exchange, method string, arguments map[string]any, expires time.Time) (Control, error) {
	id := uuid.NewString()
	reply := "reply." + exchange + ".pidbox"
	body, err := json.Marshal(map[string]any{
		"method": method, "arguments": arguments, "destination": nil, "pattern": nil, "matcher": nil,
		"ticket": uuid.NewString(), "reply_to": map[string]string{"exchange": reply, "routing_key": id},
	})
	if err != nil {
		return Control{}, fmt.Errorf("make the request to workers: %w", err)
	}
	seconds := strconv.FormatFloat(float64(expires.UnixMicro())/1e6, 'f', 6, 64)
	return Control{
		Request: message.Envelope{
			Exchange: exchange + ".pidbox", ExchangeType: "fanout", Body: body, ContentType: "application/json", ContentEncoding: "utf-8",
			DeliveryMode: message.Transient,
			Headers:      []message.Header{{Key: "clock", Value: []byte("1")}, {Key: "expires", Value: []byte(seconds)}},
		},
		ReplyExchange: reply, ReplyKey: id, ReplyQueue: id + "." + reply,
	}, nil
}
