package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/message/codec"
	"github.com/gobeat/gobeat/broker/redis"
)

// lineSettings are the settings of a line of `message --stdin`, under Celery's names. Settings that do not change
// what is published are passed over.
type lineSettings struct {
	Timezone            string          `json:"timezone"`
	EnableUTC           *bool           `json:"enable_utc"`
	Protocol            int             `json:"task_protocol"`
	Serializer          string          `json:"task_serializer"`
	Compression         string          `json:"task_compression"`
	DefaultQueue        string          `json:"task_default_queue"`
	DefaultQueueType    string          `json:"task_default_queue_type"`
	DefaultExchange     string          `json:"task_default_exchange"`
	DefaultExchangeType string          `json:"task_default_exchange_type"`
	DefaultRoutingKey   string          `json:"task_default_routing_key"`
	DefaultDeliveryMode json.RawMessage `json:"task_default_delivery_mode"`
	Queues              json.RawMessage `json:"task_queues"`
	Routes              json.RawMessage `json:"task_routes"`
	QueueMaxPriority    int             `json:"task_queue_max_priority"`
	CreateMissing       *bool           `json:"task_create_missing_queues"`
	MissingType         string          `json:"task_create_missing_queue_type"`
	MissingExchangeType string          `json:"task_create_missing_queue_exchange_type"`
	BrokerURL           string          `json:"broker_url"` // only the database of redis counts
	SendSentEvent       bool            `json:"task_send_sent_event"`
	EventExchange       string          `json:"event_exchange"`
	EventSerializer     string          `json:"event_serializer"`
	HeadersOverride     *bool           `json:"headers_override"`

	Transport lineTransport `json:"broker_transport_options"`
}

// lineTransport are kombu's transport options for Redis.
type lineTransport struct {
	KeyPrefix       string          `json:"global_keyprefix"`
	PrioritySteps   []int           `json:"priority_steps"`
	Sep             string          `json:"sep"`
	FanoutPrefix    json.RawMessage `json:"fanout_prefix"`
	FanoutPatterns  *bool           `json:"fanout_patterns"`
	DeadLetterQueue string          `json:"deadletter_queue"`
	BodyEncoding    string          `json:"body_encoding"`
}

// message returns the settings of messages.
func (s *lineSettings) message() (message.Settings, error) {
	out := message.Settings{
		DisableUTC: s.EnableUTC != nil && !*s.EnableUTC,
		Protocol:   s.Protocol, Serializer: s.Serializer, Compression: s.Compression,
		DefaultQueue: s.DefaultQueue, DefaultQueueType: s.DefaultQueueType, DefaultExchange: s.DefaultExchange,
		DefaultExchangeType: s.DefaultExchangeType, DefaultRoutingKey: s.DefaultRoutingKey,
		QueueMaxPriority:    s.QueueMaxPriority,
		RefuseMissingQueues: s.CreateMissing != nil && !*s.CreateMissing,
		MissingQueueType:    s.MissingType, MissingQueueExchangeType: s.MissingExchangeType,
		SendSentEvent: s.SendSentEvent, EventExchange: s.EventExchange, EventSerializer: s.EventSerializer,
		// Lines ask what Celery sends, which protects no header.
		HeadersOverride: s.HeadersOverride == nil || *s.HeadersOverride,
		Serializers:     codec.Serializers(), Compressors: codec.Compressors(),
	}
	var err error
	if s.Timezone != "" {
		if out.Zone, err = loadZone(s.Timezone); err != nil {
			return out, fmt.Errorf("timezone: %w", err)
		}
	}
	if out.DefaultDeliveryMode, err = deliveryMode(s.DefaultDeliveryMode); err != nil {
		return out, err
	}
	if out.Queues, err = message.ParseQueues(s.Queues); err != nil {
		return out, err
	}
	out.Routes, err = message.ParseRoutes(s.Routes)
	return out, err
}

// deliveryMode reads 1 or 2, or the names that kombu has for them; 0 when it is not given.
func deliveryMode(raw json.RawMessage) (uint8, error) {
	switch string(raw) {
	case "", "null":
		return 0, nil
	case "1", `"transient"`:
		return message.Transient, nil
	case "2", `"persistent"`:
		return message.Persistent, nil
	}
	return 0, fmt.Errorf(`task_default_delivery_mode: %s is not 1, 2, "transient" or "persistent"`, raw)
}

// redis returns the settings of the transport Redis.
func (s *lineSettings) redis() (redis.Config, error) {
	t := s.Transport
	c := redis.Config{
		KeyPrefix: t.KeyPrefix, PrioritySteps: t.PrioritySteps, Sep: t.Sep, DeadLetterQueue: t.DeadLetterQueue,
		NoFanoutPatterns: t.FanoutPatterns != nil && !*t.FanoutPatterns,
		BodyUTF8:         t.BodyEncoding == "utf-8",
	}
	switch string(t.FanoutPrefix) {
	case "", "null", "true":
	case "false":
		c.NoFanoutPrefix = true
	default:
		if err := json.Unmarshal(t.FanoutPrefix, &c.FanoutPrefix); err != nil {
			return c, fmt.Errorf("fanout_prefix: %w", err)
		}
	}
	if s.BrokerURL != "" {
		urls, err := broker.Parse(s.BrokerURL)
		if err != nil {
			return c, fmt.Errorf("broker_url: %w", err)
		}
		c.DB = urls[0].DB
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("broker_transport_options: %w", err)
	}
	return c, nil
}

// fixedValues are what differs from one message to the next. What is not given is made up.
type fixedValues struct {
	Now         string `json:"now"`
	ID          string `json:"id"`
	Origin      string `json:"origin"`
	ReplyTo     string `json:"reply_to"`
	PID         int    `json:"pid"`
	DeliveryTag string `json:"delivery_tag"`
}

// instant returns the moment of sending.
func (f *fixedValues) instant(now func() time.Time) (time.Time, error) {
	if f.Now == "" {
		return now().UTC(), nil
	}
	return parseInstant("now", f.Now)
}
