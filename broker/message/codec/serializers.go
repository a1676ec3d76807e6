package codec

import "github.com/gobeat/gobeat/broker/message"

// Content types, as kombu has them.
const (
	typeMsgpack = "application/x-msgpack"
	typeYAML    = "application/x-yaml"
)

// Serializers returns msgpack and yaml under the names that kombu gives them.
func Serializers() []message.Serializer {
	return []message.Serializer{
		{
			Names: []string{"msgpack", typeMsgpack}, ContentType: typeMsgpack,
			ContentEncoding: "binary", Encode: encodeMsgpack,
		},
		{
			Names: []string{"yaml", typeYAML}, ContentType: typeYAML, ContentEncoding: "utf-8",
			Encode: encodeYAML,
		},
	}
}
