package message

import (
	"encoding/json"
	"reflect"
)

// ParseOptions reads a JSON object of apply_async options, as stored in a row or written in beat_schedule. A null
// counts as not given, and an option that Celery does not know becomes a property of the message. Its error is an
// *OptionError.
func ParseOptions(text json.RawMessage) (Options, error) {
	if absent(text) {
		return Options{}, nil
	}
	object, err := object(text, Limits{})
	if err != nil {
		return Options{}, fieldError("options", err)
	}
	var p optionParser
	for name, value := range Members(object) {
		if string(value) == "null" && name != "stamped_headers" {
			continue
		}
		if err := p.option(option{name: name, text: value}); err != nil {
			return Options{}, err
		}
	}
	if err := p.stamps(object); err != nil {
		return Options{}, err
	}
	if !reflect.ValueOf(p.extra).IsZero() {
		p.options.Extra = &p.extra
	}
	return p.options, p.options.check()
}

type optionParser struct {
	options Options
	extra   Extra
}

// option sets the field of one option. Each group says whether the option is one of its own.
func (p *optionParser) option(v option) error {
	for _, group := range [...]func(option) (bool, error){p.delivery, p.timing, p.identity, p.canvas, refused} {
		if known, err := group(v); known || err != nil {
			return err
		}
	}
	if harmless(v.name) {
		return nil
	}
	p.extra.Properties = append(p.extra.Properties, Header{Key: v.name, Value: v.text})
	return nil
}

func (p *optionParser) delivery(v option) (bool, error) {
	o, x := &p.options, &p.extra
	switch v.name {
	case "queue":
		return true, v.string(&o.Queue)
	case "exchange":
		return true, v.string(&o.Exchange)
	case "routing_key":
		return true, v.string(&o.RoutingKey)
	case "exchange_type":
		return true, v.string(&x.ExchangeType)
	case "priority":
		return true, v.intPointer(&o.Priority)
	case "headers":
		return true, v.object(&o.Headers)
	case "delivery_mode":
		return true, v.deliveryMode(&x.DeliveryMode)
	case "mandatory":
		return true, v.bool(&x.Mandatory)
	case "serializer":
		return true, v.string(&x.Serializer)
	case "compression":
		return true, v.string(&x.Compression)
	}
	return false, nil
}

func (p *optionParser) timing(v option) (bool, error) {
	o, x := &p.options, &p.extra
	switch v.name {
	case "countdown":
		return true, v.seconds(&x.Countdown)
	case "eta":
		return true, v.instant(&x.ETA)
	case "expires":
		if v.text[0] == '"' {
			return true, v.instant(&x.ExpiresText)
		}
		return true, v.secondsPointer(&o.ExpireSeconds)
	case "expiration":
		return true, v.secondsPointer(&x.Expiration)
	case "time_limit":
		return true, v.number(&x.TimeLimit)
	case "soft_time_limit":
		return true, v.number(&x.SoftTimeLimit)
	}
	return false, nil
}

func (p *optionParser) identity(v option) (bool, error) {
	x := &p.extra
	switch v.name {
	case "task_id":
		return true, v.string(&x.TaskID)
	case "correlation_id":
		return true, v.string(&x.CorrelationID)
	case "reply_to":
		return true, v.string(&x.ReplyTo)
	case "root_id":
		return true, v.string(&x.RootID)
	case "parent_id":
		return true, v.string(&x.ParentID)
	case "group_id":
		return true, v.string(&x.GroupID)
	case "group_index":
		return true, v.intPointer(&x.GroupIndex)
	case "shadow":
		return true, v.string(&x.Shadow)
	case "ignore_result":
		return true, v.boolPointer(&x.IgnoreResult)
	case "retries":
		return true, v.count(&x.Retries)
	case "replaced_task_nesting":
		return true, v.count(&x.Nesting)
	case "argsrepr":
		return false, v.string(&x.Argsrepr) // Celery also leaves it among the properties
	case "kwargsrepr":
		return false, v.string(&x.Kwargsrepr)
	}
	return false, nil
}

func (p *optionParser) canvas(v option) (bool, error) {
	x := &p.extra
	switch v.name {
	case "link":
		return true, v.signatures(&x.Link)
	case "link_error":
		return true, v.signatures(&x.LinkError)
	case "chain":
		return true, v.signatures(&x.Chain)
	case "chord":
		return true, v.signature(&x.Chord)
	case "stamped_headers":
		return true, v.array(&x.StampedHeaders)
	}
	return false, nil
}

// refused names the options that cannot be carried over, with the reason.
func refused(v option) (bool, error) {
	problem := ""
	switch v.name {
	case "content_type", "content_encoding":
		problem = "cannot be set; they follow from the serializer"
	case "body_encoding", "delivery_info", "delivery_tag":
		problem = "is set by the transport"
	case "declare", "router", "connection", "producer":
		problem = "is a Python object, which a row cannot hold"
	case "immediate":
		if string(v.text) == "true" {
			problem = "is not supported by RabbitMQ"
		}
	}
	if problem == "" {
		return false, nil
	}
	return true, v.wrong(problem)
}

// harmless tells whether Celery consumes an option without a trace in the message.
func harmless(name string) bool {
	switch name {
	case "immediate", "retry", "retry_policy", "timeout", "confirm_timeout", "add_to_parent", "task_type", "route_name":
		return true
	}
	return false
}

// stamps moves the options that stamped_headers names from the properties to the stamps.
func (p *optionParser) stamps(object []byte) error {
	x := &p.extra
	if x.StampedHeaders == nil {
		return nil
	}
	var stamps []Header
	for name := range Elements(x.StampedHeaders) {
		if name[0] != '"' {
			return &OptionError{Field: "stamped_headers", Value: string(name), Problem: "is not a name"}
		}
		key := Unquote(name)
		value := lookup(object, key)
		if value == nil {
			return &OptionError{Field: "stamped_headers", Value: key, Problem: "has no option of that name"}
		}
		stamps = setHeader(stamps, Header{Key: key, Value: value})
		x.Properties = withoutHeader(x.Properties, key)
	}
	x.Stamps = append(appendMembers([]byte{'{'}, stamps), '}')
	return nil
}

func lookup(object []byte, key string) []byte {
	for name, value := range Members(object) {
		if name == key {
			return value
		}
	}
	return nil
}
