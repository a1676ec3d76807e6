package codec

import "github.com/gobeat/gobeat/broker/message"

// Serializers returns msgpack and yaml under the names that kombu gives them.
func Serializers() []message.Serializer {
	return []message.Serializer{
		{
			Names: []string{"msgpack", "application/x-msgpack"}, ContentType: "application/x-msgpack",
			ContentEncoding: "binary", Encode: encodeMsgpack,
		},
		{
			Names: []string{"yaml", "application/x-yaml"}, ContentType: "application/x-yaml", ContentEncoding: "utf-8",
			Encode: encodeYAML,
		},
	}
}
