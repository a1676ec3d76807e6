package message

import (
	"encoding/base64"
	"strconv"
)

// BodyEncoding is how the body stands in the text that kombu's virtual transports store.
type BodyEncoding uint8

// Encodings of the body.
const (
	BodyBase64 BodyEncoding = iota // kombu's default
	BodyUTF8                       // transport option body_encoding = utf-8; only for bodies that are text
)

// KombuEnvelope returns the text that kombu's Redis transport pushes for env. The delivery tag must differ between
// messages, because workers keep unacknowledged messages under it.
func KombuEnvelope(env Envelope, deliveryTag string) []byte {
	return AppendKombu(nil, &env, deliveryTag, BodyBase64)
}

// AppendKombu appends the text of KombuEnvelope to dst with the body in the given encoding.
func AppendKombu(dst []byte, env *Envelope, deliveryTag string, enc BodyEncoding) []byte {
	if dst == nil {
		dst = make([]byte, 0, kombuSize(env))
	}
	dst = append(dst, `{"body": `...)
	if enc == BodyUTF8 {
		dst = appendQuoted(dst, env.Body)
	} else {
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, env.Body)
		dst = append(dst, '"')
	}
	dst = appendPair(dst, `, "content-encoding": `, env.ContentEncoding)
	dst = appendPair(dst, `, "content-type": `, env.ContentType)
	dst = append(dst, `, "headers": {`...)
	dst = appendMembers(dst, env.Headers)
	dst = append(dst, `}, "properties": {`...)
	dst = appendProperties(dst, env, enc)
	dst = appendPair(dst, `, "delivery_tag": `, deliveryTag)
	return append(dst, "}}"...)
}

func appendProperties(dst []byte, env *Envelope, enc BodyEncoding) []byte {
	if env.CorrelationID != "" {
		dst = appendPair(dst, `"correlation_id": `, env.CorrelationID)
		dst = append(dst, ", "...)
	}
	if env.ReplyTo != "" {
		dst = appendPair(dst, `"reply_to": `, env.ReplyTo)
		dst = append(dst, ", "...)
	}
	if len(env.Properties) > 0 {
		dst = append(appendMembers(dst, env.Properties), ", "...)
	}
	dst = append(dst, `"delivery_mode": `...)
	dst = strconv.AppendUint(dst, uint64(env.DeliveryMode), 10)
	if env.Expiration != "" {
		dst = appendPair(dst, `, "expiration": `, env.Expiration)
	}
	dst = appendPair(dst, `, "delivery_info": {"exchange": `, env.Exchange)
	dst = appendPair(dst, `, "routing_key": `, env.RoutingKey)
	dst = append(dst, `}, "priority": `...)
	dst = strconv.AppendInt(dst, int64(env.Priority), 10)
	if enc == BodyUTF8 {
		return append(dst, `, "body_encoding": "utf-8"`...)
	}
	return append(dst, `, "body_encoding": "base64"`...)
}

func appendPair(dst []byte, key, value string) []byte {
	return appendQuoted(append(dst, key...), value)
}

func appendMembers(dst []byte, members []Header) []byte {
	for i := range members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendQuoted(dst, members[i].Key)
		dst = append(dst, ": "...)
		dst = append(dst, members[i].Value...)
	}
	return dst
}

// kombuSize is a guess that holds unless names need escapes, so that the text is allocated once.
func kombuSize(env *Envelope) int {
	n := 512 + base64.StdEncoding.EncodedLen(len(env.Body)) + len(env.Exchange) + len(env.RoutingKey)
	for _, list := range [][]Header{env.Headers, env.Properties} {
		for i := range list {
			n += len(list[i].Key) + len(list[i].Value) + 8
		}
	}
	return n
}
