package message

import (
	"encoding/json"
	"math"
	"strconv"
)

// ParseQueues reads the setting task_queues: a map of names to options, or a list of names and of maps that each have
// a name. Options are those of kombu's Queue: exchange (a name, or a map with name, type, durable, auto_delete and
// delivery_mode), exchange_type, routing_key or binding_key, durable, auto_delete, exclusive, delivery_mode,
// queue_arguments, expires, message_ttl, max_length, max_length_bytes, max_priority, no_declare, alias, broadcast.
// Its error is an *OptionError.
func ParseQueues(text json.RawMessage) ([]QueueDef, error) {
	if absent(text) {
		return nil, nil
	}
	value, err := AppendPythonJSON(nil, text, settingLimits())
	if err != nil {
		return nil, fieldError("task_queues", err)
	}
	var queues []QueueDef
	add := func(name string, options []byte) error {
		p := queueParser{def: QueueDef{Queue: Queue{Name: name, Durable: true}}}
		if err := p.parse(options); err != nil {
			return err
		}
		queues = append(queues, p.def)
		return nil
	}
	switch value[0] {
	case '{':
		for name, options := range Members(value) {
			if err := add(name, options); err != nil {
				return nil, err
			}
			// Only in this form is the name the routing key.
			q := &queues[len(queues)-1]
			q.RoutingKey = firstOf(q.RoutingKey, name)
		}
	case '[':
		for options := range Elements(value) {
			if options[0] == '"' {
				queues = append(queues, QueueDef{Queue: Queue{Name: Unquote(options), Durable: true}})
			} else if err := add("", options); err != nil {
				return nil, err
			}
		}
	default:
		return nil, queueError("task_queues", value, "is not a map or a list")
	}
	for _, q := range queues {
		if q.Name == "" {
			return nil, queueError("task_queues", value, "has a queue without a name")
		}
	}
	return queues, nil
}

func queueError(field string, value []byte, problem string) error {
	return &OptionError{Field: field, Value: string(value), Problem: problem}
}

type queueParser struct {
	def QueueDef
}

func (p *queueParser) parse(options []byte) error {
	if options[0] != '{' {
		return queueError("task_queues", options, "is not a map of options")
	}
	// Arguments first: the other options come after them, as in kombu.
	if args := lookup(options, "queue_arguments"); args != nil && string(args) != "null" {
		if args[0] != '{' {
			return queueError("queue_arguments", args, "is not a map")
		}
		for name, value := range Members(args) {
			p.argument(name, value)
		}
	}
	for name, value := range Members(options) {
		if string(value) == "null" {
			continue
		}
		v := option{name: name, text: value}
		known, err := p.binding(v)
		if !known && err == nil {
			known, err = p.limit(v)
		}
		if err != nil {
			return err
		}
		if !known {
			return queueError("task_queues", []byte(name), "is not an option of a queue")
		}
	}
	return nil
}

func (p *queueParser) argument(name string, value []byte) {
	p.def.Arguments = setHeader(p.def.Arguments, Header{Key: name, Value: value})
}

func (p *queueParser) binding(v option) (bool, error) {
	q := &p.def
	switch v.name {
	case "name":
		return true, v.string(&q.Name)
	case "alias":
		return true, v.string(&q.Alias)
	case "exchange":
		return true, p.exchange(v)
	case "exchange_type":
		return true, v.string(&q.ExchangeType)
	case "routing_key", "binding_key":
		return true, v.string(&q.RoutingKey)
	case "durable", "queue_durable":
		return true, v.bool(&q.Durable)
	case "auto_delete", "queue_auto_delete":
		return true, v.bool(&q.AutoDelete)
	case "exclusive":
		return true, v.bool(&q.Exclusive)
	case "exchange_durable":
		return true, v.inverse(&q.ExchangeTransient)
	case "exchange_auto_delete":
		return true, v.bool(&q.ExchangeAutoDelete)
	case "delivery_mode":
		return true, v.deliveryMode(&q.DeliveryMode)
	case "no_declare", "broadcast":
		return true, v.bool(&q.NoDeclare)
	case "queue_arguments":
		return true, nil
	}
	return false, nil
}

// exchange reads the name of an exchange, or a map in the form of kombu's Exchange.
func (p *queueParser) exchange(v option) error {
	if v.text[0] != '{' {
		return v.string(&p.def.Exchange)
	}
	for name, value := range Members(v.text) {
		if string(value) == "null" {
			continue
		}
		var err error
		to := option{name: name, text: value}
		switch name {
		case "name":
			err = to.string(&p.def.Exchange)
		case "type":
			err = to.string(&p.def.ExchangeType)
		case "durable":
			err = to.inverse(&p.def.ExchangeTransient)
		case "auto_delete":
			err = to.bool(&p.def.ExchangeAutoDelete)
		case "delivery_mode":
			err = to.deliveryMode(&p.def.DeliveryMode)
		default:
			err = queueError("task_queues", []byte(name), "is not an option of an exchange")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// limit reads the options that become arguments of the queue.
func (p *queueParser) limit(v option) (bool, error) {
	var f float64
	var name string
	scale := 1.0
	switch v.name {
	case "expires":
		scale, name = 1000, "x-expires"
	case "message_ttl":
		scale, name = 1000, "x-message-ttl"
	case "max_length":
		name = "x-max-length"
	case "max_length_bytes":
		name = "x-max-length-bytes"
	case "max_priority":
		name = argMaxPriority
	default:
		return false, nil
	}
	if err := v.seconds(&f); err != nil || f < 0 || f > math.MaxInt32*1000.0 {
		return true, v.wrong("is not a number in range")
	}
	p.argument(name, strconv.AppendInt(nil, int64(f*scale), 10))
	return true, nil
}
