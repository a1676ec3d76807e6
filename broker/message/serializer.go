package message

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
)

// A Serializer turns a body, given as JSON text in Python's form, into another format. Encode must be safe for
// concurrent use; what it returns is not changed afterwards.
type Serializer struct {
	Names           []string // as written in the option serializer or the setting task_serializer
	ContentType     string
	ContentEncoding string
	Encode          func(body []byte) ([]byte, error)
}

// A Compressor compresses a body. Compress must be safe for concurrent use.
type Compressor struct {
	Names       []string // as written in the option compression or the setting task_compression
	ContentType string   // sent in the header compression
	Compress    func(body []byte) ([]byte, error)
}

func builtinSerializers() []Serializer {
	return []Serializer{{
		Names: []string{"json", "application/json"}, ContentType: "application/json", ContentEncoding: "utf-8",
		Encode: func(body []byte) ([]byte, error) { return body, nil },
	}}
}

func builtinCompressors() []Compressor {
	return []Compressor{{
		Names: []string{"gzip", "zlib", "application/x-gzip"}, ContentType: "application/x-gzip", Compress: deflate,
	}}
}

// deflate makes a zlib stream: what kombu calls gzip is none.
func deflate(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compress the body: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress the body: %w", err)
	}
	return out.Bytes(), nil
}

// serializer finds a serializer by its name, which stands in the field.
func (b *Builder) serializer(field, name string) (*Serializer, error) {
	for i := range b.serializers {
		if slices.Contains(b.serializers[i].Names, name) {
			return &b.serializers[i], nil
		}
	}
	problem := "is not a known serializer"
	switch name {
	case "pickle", "application/x-python-serialize":
		problem = "is refused: a pickle can run any code in the worker"
	case "auth", "application/data":
		problem = "is refused: signing needs the settings security_key and security_certificate"
	}
	return nil, &OptionError{Field: field, Value: name, Problem: problem}
}

// compressor finds a compression by its name, which stands in the field.
func (b *Builder) compressor(field, name string) (*Compressor, error) {
	for i := range b.compressors {
		if slices.Contains(b.compressors[i].Names, name) {
			return &b.compressors[i], nil
		}
	}
	return nil, &OptionError{Field: field, Value: name, Problem: "is not a known compression"}
}

// encode makes the body of the envelope out of JSON text.
func (b *Builder) encode(env *Envelope, body []byte, x *Extra) error {
	s, err := b.serializer("serializer", firstOf(x.Serializer, b.settings.Serializer))
	if err != nil {
		return err
	}
	env.ContentType, env.ContentEncoding = s.ContentType, s.ContentEncoding
	if env.Body, err = s.Encode(body); err != nil {
		return fieldError("serializer", err)
	}
	name := firstOf(x.Compression, b.settings.Compression)
	if name == "" {
		return nil
	}
	c, err := b.compressor("compression", name)
	if err != nil {
		return err
	}
	if env.Body, err = c.Compress(env.Body); err != nil {
		return fieldError("compression", err)
	}
	env.Headers = setHeader(env.Headers, Header{Key: "compression", Value: appendQuoted(nil, c.ContentType)})
	return nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
