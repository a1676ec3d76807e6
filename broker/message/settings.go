package message

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Delivery modes of a message.
const (
	Transient  uint8 = 1 // lost when the broker restarts
	Persistent uint8 = 2
)

// Settings are Celery's settings that decide what a message looks like. The zero value means Celery's defaults.
type Settings struct {
	Zone       *time.Location // timezone: of computed eta and expires; nil: UTC, or the system's with DisableUTC
	DisableUTC bool           // enable_utc = false

	Protocol    int    // task_protocol: 1 or 2; default 2
	Serializer  string // task_serializer; default json
	Compression string // task_compression; default none

	DefaultQueue        string // task_default_queue; default celery
	DefaultQueueType    string // task_default_queue_type: classic or quorum; only without Queues
	DefaultExchange     string // task_default_exchange; default the queue's name
	DefaultExchangeType string // task_default_exchange_type; default direct
	DefaultRoutingKey   string // task_default_routing_key; default the queue's name
	DefaultDeliveryMode uint8  // task_default_delivery_mode; default Persistent

	Queues           []QueueDef // task_queues; empty: only the default queue
	QueueMaxPriority int        // task_queue_max_priority: 1 to 255 for each queue that has none; 0: none
	Routes           []Route    // task_routes; the first that matches counts

	RefuseMissingQueues      bool   // task_create_missing_queues = false
	MissingQueueType         string // task_create_missing_queue_type: classic or quorum
	MissingQueueExchangeType string // task_create_missing_queue_exchange_type; default direct

	Origin  string // who sends, as gen<pid>@<host>; default gen@beat
	ReplyTo string // a UUID of the process; default one made of Origin

	// SendSentEvent adds a task-sent event to each message: task_send_sent_event. PID is the number of the process in
	// it and SystemZone the zone of the machine; nil: time.Local.
	SendSentEvent     bool
	EventExchange     string // event_exchange; default celeryev
	EventExchangeType string // topic, or fanout as Celery has it with Redis; default topic
	EventSerializer   string // event_serializer; default json
	PID               int
	SystemZone        *time.Location

	// TaskDefaults are the options that the code of an app gives to its tasks, by name of the task. They win over
	// routes, and the options of a row over them. Whoever supplies them has filled in what a task takes from settings:
	// task_default_priority, task_ignore_result and task_serializer have no effect otherwise.
	TaskDefaults map[string]Options

	// NativeDelay says that the broker is RabbitMQ, where tasks with an eta wait in exchanges if quorum queues are used.
	NativeDelay bool

	// HeadersOverride lets the headers of a row replace those of the protocol, and its option task_id the ID of a run,
	// as Celery does. By default such a row is refused, because it could run another task than the one that it names,
	// pass for another run, or give all its runs one id.
	HeadersOverride bool

	// Headers are those of each message, unless the row or the task has them already.
	Headers []Header

	Limits Limits // of args, kwargs and headers, each

	// Serializers and Compressors add to the built-in json, gzip and zlib.
	Serializers []Serializer
	Compressors []Compressor
}

// Validate says which setting is wrong, under Celery's name. Its error is an *OptionError.
func (s *Settings) Validate() error {
	if s.Protocol != 0 && s.Protocol != 1 && s.Protocol != 2 {
		return rangeError("task_protocol", s.Protocol, "is not 1 or 2")
	}
	if s.DefaultDeliveryMode > Persistent {
		return rangeError("task_default_delivery_mode", int(s.DefaultDeliveryMode), "is not 1 or 2")
	}
	if s.QueueMaxPriority < 0 || s.QueueMaxPriority > 255 {
		return rangeError("task_queue_max_priority", s.QueueMaxPriority, "is not between 0 and 255")
	}
	for _, f := range [...]struct{ name, value string }{
		{"task_default_queue_type", s.DefaultQueueType}, {"task_create_missing_queue_type", s.MissingQueueType},
	} {
		if f.value != "" && f.value != classic && f.value != quorum {
			return &OptionError{Field: f.name, Value: f.value, Problem: "is not classic or quorum"}
		}
	}
	for _, f := range [...]struct{ name, value string }{
		{"task_default_queue", s.DefaultQueue},
		{"task_default_exchange", s.DefaultExchange},
		{"task_default_routing_key", s.DefaultRoutingKey},
		{"event_exchange", s.EventExchange},
	} {
		if len(f.value) > maxName {
			return &OptionError{Field: f.name, Value: f.value, Problem: "is longer than 255 bytes"}
		}
	}
	if t := s.EventExchangeType; t != "" && t != topic && t != fanout {
		return &OptionError{Field: "event_exchange_type", Value: t, Problem: "is not topic or fanout"}
	}
	return s.validateLists()
}

func (s *Settings) validateLists() error {
	for _, q := range s.Queues {
		if q.Name == "" || len(q.Name) > maxName {
			return &OptionError{Field: "task_queues", Value: q.Name, Problem: "is not a name of 1 to 255 bytes"}
		}
	}
	for _, r := range s.Routes {
		if r.Pattern == "" {
			return &OptionError{Field: "task_routes", Problem: "has a route without a pattern"}
		}
	}
	if l := s.Limits; l.Bytes < 0 || l.Nodes < 0 || l.Depth < 0 || l.Depth > maxDepth {
		return &OptionError{Field: "limits", Value: fmt.Sprint(l), Problem: "are not positive, with a depth up to 1000"}
	}
	return nil
}

// withDefaults fills in what is not set.
func (s Settings) withDefaults() Settings {
	switch {
	case s.Zone != nil:
	case s.DisableUTC:
		s.Zone = time.Local
	default:
		s.Zone = time.UTC
	}
	if s.Protocol == 0 {
		s.Protocol = 2
	}
	s.Serializer = firstOf(s.Serializer, "json")
	s.DefaultQueue = firstOf(s.DefaultQueue, "celery")
	s.DefaultExchange = firstOf(s.DefaultExchange, s.DefaultQueue)
	s.DefaultExchangeType = firstOf(s.DefaultExchangeType, direct)
	s.DefaultRoutingKey = firstOf(s.DefaultRoutingKey, s.DefaultQueue)
	if s.DefaultDeliveryMode == 0 {
		s.DefaultDeliveryMode = Persistent
	}
	s.MissingQueueExchangeType = firstOf(s.MissingQueueExchangeType, direct)
	s.EventExchange = firstOf(s.EventExchange, "celeryev")
	s.EventExchangeType = firstOf(s.EventExchangeType, topic)
	s.EventSerializer = firstOf(s.EventSerializer, "json")
	if s.SystemZone == nil {
		s.SystemZone = time.Local
	}
	s.Origin = firstOf(s.Origin, "gen@beat")
	if s.ReplyTo == "" {
		s.ReplyTo = uuid.NewMD5(uuid.NameSpaceOID, []byte(s.Origin)).String()
	}
	s.Limits = s.Limits.orDefault()
	return s
}
