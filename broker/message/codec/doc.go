// Package codec holds the serializers and compressions of Celery's messages that need a library or a key: msgpack, yaml
// and signed JSON; bzip2, xz, zstd and brotli. They are given to a message.Builder in its Settings:
//
//	settings.Serializers = codec.Serializers()
//	settings.Compressors = codec.Compressors()
//
// Each serializer reads a body as package message makes it, which is JSON in Python's form, and writes what the library
// that Celery uses would write of the same value: numbers keep their kind, objects their order unless the format sorts
// them. What such a library refuses is an error here as well, and never quotes the body, which may hold personal data.
package codec
