package amqp

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/gobeat/gobeat/broker/message"
)

// A content header is the part of a message between method and body: flags and properties. Celery writes it as follows:
// what is null is left out, an empty text, an empty table and priority 0 are not. The client library leaves out all of
// these, so the header is made here and put in its place on the way out (see frames.go).
type contentHeader []byte

// Flags of properties, in the order in which the values follow.
const (
	flagContentType = 1 << (15 - iota)
	flagContentEncoding
	flagHeaders
	flagDeliveryMode
	flagPriority
	flagCorrelationID
	flagReplyTo
	flagExpiration
	flagMessageID
	flagTimestamp
	flagType
	flagUserID
	flagAppID
	flagClusterID
)

// errProperty makes a message Refused: it can never be sent over AMQP.
var errProperty = errors.New("does not fit into an AMQP message")

// appendContentHeader appends the encoded properties of a message to an empty buffer.
func appendContentHeader(h contentHeader, env *message.Envelope) (contentHeader, error) {
	h = append(h, 0, 0) // the flags come last
	given, err := namedProperties(env)
	if err != nil {
		return h, err
	}
	flags := flagHeaders | flagDeliveryMode | flagPriority
	text := func(flag int, name, value string, present bool) {
		if !present || err != nil {
			return
		}
		flags |= flag
		var failed error
		if h, failed = appendShort(h, value); failed != nil {
			err = fmt.Errorf("property %s %w: %w", name, failed, errProperty)
		}
	}
	text(flagContentType, "content_type", env.ContentType, true)
	text(flagContentEncoding, "content_encoding", env.ContentEncoding, true)
	if err != nil {
		return h, err
	}
	if h, err = appendTable(h, env.Headers); err != nil {
		return h, fmt.Errorf("header %w: %w", err, errProperty)
	}
	h = append(h, env.DeliveryMode, byte(env.Priority))
	text(flagCorrelationID, "correlation_id", env.CorrelationID, env.CorrelationID != "")
	text(flagReplyTo, "reply_to", env.ReplyTo, env.ReplyTo != "")
	text(flagExpiration, "expiration", env.Expiration, env.Expiration != "")
	text(flagMessageID, "message_id", given["message_id"], has(given, "message_id"))
	if seconds, failed := strconv.ParseUint(given["timestamp"], 10, 63); failed == nil {
		flags |= flagTimestamp
		h = binary.BigEndian.AppendUint64(h, seconds)
	}
	text(flagType, "type", given["type"], has(given, "type"))
	text(flagUserID, "user_id", given["user_id"], has(given, "user_id"))
	text(flagAppID, "app_id", given["app_id"], has(given, "app_id"))
	text(flagClusterID, "cluster_id", given["cluster_id"], has(given, "cluster_id"))
	if err != nil {
		return h, err
	}
	binary.BigEndian.PutUint16(h, uint16(flags))
	return h, nil
}

func has(m map[string]string, key string) bool {
	_, ok := m[key]
	return ok
}

// namedProperties checks the limits of AMQP and picks the left-over options that it has a name for.
func namedProperties(env *message.Envelope) (map[string]string, error) {
	if len(env.Exchange) > 255 || len(env.RoutingKey) > 255 {
		return nil, fmt.Errorf("exchange or routing key longer than 255 bytes: %w", errProperty)
	}
	if env.Priority < 0 || env.Priority > 255 {
		return nil, fmt.Errorf("priority %d is not in 0 to 255: %w", env.Priority, errProperty)
	}
	var out map[string]string // rarely any
	for _, o := range env.Properties {
		if out == nil {
			out = map[string]string{}
		}
		switch o.Key {
		case "message_id", "type", "user_id", "app_id", "cluster_id":
			if string(o.Value) == "null" {
				continue
			}
			var s string
			if err := json.Unmarshal(o.Value, &s); err != nil {
				return nil, fmt.Errorf("property %s must be text: %w", o.Key, errProperty)
			}
			out[o.Key] = s
		case "timestamp":
			if _, err := strconv.ParseUint(string(o.Value), 10, 63); err != nil {
				return nil, fmt.Errorf("property timestamp must be whole seconds since 1970: %w", errProperty)
			}
			out[o.Key] = string(o.Value)
		}
	}
	return out, nil
}
