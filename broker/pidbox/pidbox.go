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
	// Control publishes the request and hands on each answer until ctx ends, which is no error. It returns early when no
	// worker can have heard it.
	Control(ctx context.Context, c Control, take func(Answer)) error
}

// Answer is what a worker sent.
type Answer struct {
	ContentType string
	Body        []byte
}

// Config says how workers are asked.
type Config struct {
	Exchange string        // setting control_exchange; default DefaultExchange
	Timeout  time.Duration // for each of two answers; default Timeout

	// Serializer is that of the setting task_serializer, in which workers take requests; default JSON.
	Serializer *message.Serializer
	// Decode turns a body that is not JSON into JSON, since workers answer in their serializer, too; nil: none can be read.
	Decode func(contentType string, body []byte) ([]byte, error)
}

func (c Config) withDefaults() Config {
	if c.Exchange == "" {
		c.Exchange = DefaultExchange
	}
	if c.Timeout == 0 {
		c.Timeout = Timeout
	}
	if c.Serializer == nil {
		c.Serializer = &message.Serializer{
			ContentType: jsonType, ContentEncoding: "utf-8", Encode: func(body []byte) ([]byte, error) { return body, nil },
		}
	}
	if c.Decode == nil {
		c.Decode = func(contentType string, _ []byte) ([]byte, error) {
			return nil, fmt.Errorf("it is of the content type %.60q", contentType)
		}
	}
	return c
}

const jsonType = "application/json"

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
// beside what is known.
func Ask(ctx context.Context, by Carrier, c Config) (*Workers, error) {
	c = c.withDefaults()
	w := &Workers{Tasks: map[string][]string{}, Queues: map[string][]string{}}
	all := map[string]any{"builtins": true} // else celery.backend_cleanup and its like are left out
	err := c.ask(ctx, by, "registered", all, func(worker string, answer json.RawMessage) error {
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
	return w, errors.Join(err, c.ask(ctx, by, "active_queues", map[string]any{}, func(worker string, answer json.RawMessage) error {
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

func (c *Config) ask(
	ctx context.Context, by Carrier, method string, arguments map[string]any, take func(worker string, answer json.RawMessage) error,
) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := c.request(method, arguments, time.Now().Add(c.Timeout))
	if err != nil {
		return err
	}
	var wrong []error
	err = by.Control(ctx, request, func(a Answer) {
		answers, err := c.read(a)
		if err != nil {
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

// read returns the answers of workers by their names.
func (c *Config) read(a Answer) (answers map[string]json.RawMessage, err error) {
	if len(a.Body) > mostAnswer {
		return nil, fmt.Errorf("it has %d bytes", len(a.Body))
	}
	text := a.Body
	if a.ContentType != "" && a.ContentType != jsonType {
		if text, err = c.Decode(a.ContentType, a.Body); err != nil {
			return nil, err
		}
	}
	return answers, json.Unmarshal(text, &answers)
}

// request makes the message of kombu's Mailbox.
func (c *Config) request(method string, arguments map[string]any, expires time.Time) (Control, error) {
	id := uuid.NewString()
	reply := "reply." + c.Exchange + ".pidbox"
	body, err := json.Marshal(map[string]any{
		"method": method, "arguments": arguments, "destination": nil, "pattern": nil, "matcher": nil,
		"ticket": uuid.NewString(), "reply_to": map[string]string{"exchange": reply, "routing_key": id},
	})
	if err == nil {
		body, err = message.AppendPythonJSON(nil, body, message.Limits{})
	}
	if err == nil {
		body, err = c.Serializer.Encode(body)
	}
	if err != nil {
		return Control{}, fmt.Errorf("make the request to workers: %w", err)
	}
	seconds := strconv.FormatFloat(float64(expires.UnixMicro())/1e6, 'f', 6, 64)
	return Control{
		Request: message.Envelope{
			Exchange: c.Exchange + ".pidbox", ExchangeType: "fanout", Body: body,
			ContentType: c.Serializer.ContentType, ContentEncoding: c.Serializer.ContentEncoding, DeliveryMode: message.Transient,
			Headers: []message.Header{{Key: "clock", Value: []byte("1")}, {Key: "expires", Value: []byte(seconds)}},
		},
		ReplyExchange: reply, ReplyKey: id, ReplyQueue: id + "." + reply,
	}, nil
}
