package amqp

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

func TestFields(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, json, want string }{
		{"null", "null", "V"},
		{"true", "true", "t\x01"},
		{"false", "false", "t\x00"},
		{"text", `"hé"`, "S\x00\x00\x00\x03h\xc3\xa9"},
		{"text with escapes", `"a\"\u00e9\ud83d\ude00"`, "S\x00\x00\x00\x08a\"\xc3\xa9\xf0\x9f\x98\x80"},
		{"empty text", `""`, "S\x00\x00\x00\x00"},
		{"largest of 32 bits", "2147483647", "I\x7f\xff\xff\xff"},
		{"smallest that Python calls 32 bits", "-2147483647", "I\x80\x00\x00\x01"},
		{"one below", "-2147483648", "L\xff\xff\xff\xff\x80\x00\x00\x00"},
		{"one above", "2147483648", "L\x00\x00\x00\x00\x80\x00\x00\x00"},
		{"float", "1.5", "d\x3f\xf8\x00\x00\x00\x00\x00\x00"},
		{"whole float", "1.0", "d\x3f\xf0\x00\x00\x00\x00\x00\x00"},
		{"exponent", "1e0", "d\x3f\xf0\x00\x00\x00\x00\x00\x00"},
		{"infinity", "-Infinity", "d\xff\xf0\x00\x00\x00\x00\x00\x00"},
		{"list", `[null, 1]`, "A\x00\x00\x00\x06VI\x00\x00\x00\x01"},
		{"object keeps its order", `{"b": null, "a": [true]}`, "F\x00\x00\x00\x0c\x01bV\x01aA\x00\x00\x00\x02t\x01"},
		{"empty object", "{}", "F\x00\x00\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := appendField([]byte("x"), json.RawMessage(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != "x"+tt.want {
				t.Errorf("got %q, want %q behind an x", got, tt.want)
			}
		})
	}
	if got, err := appendField(nil, json.RawMessage("NaN")); err != nil || got[0] != 'd' {
		t.Errorf("NaN: got %q and %v", got, err)
	}
}

func TestFieldsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "9223372036854775808", "[1, 99999999999999999999]", `{"a": {"b": 1e}}`, "--1", `["a"`} {
		if got, err := appendField(nil, json.RawMessage(text)); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
	long := message.Header{Key: strings.Repeat("k", 256), Value: json.RawMessage("1")}
	if _, err := appendTable(nil, []message.Header{long}); err == nil {
		t.Error("a name of 256 bytes: got no error")
	}
}

func TestPropertiesThatCannotBeSent(t *testing.T) {
	t.Parallel()
	header := func(key, value string) []message.Header {
		return []message.Header{{Key: key, Value: json.RawMessage(value)}}
	}
	tests := []struct {
		name string
		env  message.Envelope
	}{
		{"priority below 0", message.Envelope{Priority: -1}},
		{"priority above 255", message.Envelope{Priority: 256}},
		{"long exchange", message.Envelope{Exchange: strings.Repeat("x", 256)}},
		{"long routing key", message.Envelope{RoutingKey: strings.Repeat("x", 256)}},
		{"long correlation id", message.Envelope{CorrelationID: strings.Repeat("x", 256)}},
		{"big header", message.Envelope{Headers: header("n", "1"+strings.Repeat("0", 30))}},
		{"number as message id", message.Envelope{Properties: header("message_id", "1")}},
		{"text as timestamp", message.Envelope{Properties: header("timestamp", `"now"`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := appendContentHeader(nil, &tt.env); !errors.Is(err, errProperty) {
				t.Errorf("got %v, want that it cannot be sent", err)
			}
		})
	}
}

func TestContentHeaderBytes(t *testing.T) {
	t.Parallel()
	env := message.Envelope{
		ContentType: "a/b", CorrelationID: "c", ReplyTo: "r", Expiration: "9", DeliveryMode: 2,
		Properties: []message.Header{
			{Key: "message_id", Value: json.RawMessage(`"m"`)},
			{Key: "timestamp", Value: json.RawMessage("258")},
			{Key: "cluster_id", Value: json.RawMessage(`"k"`)},
			{Key: "app_id", Value: json.RawMessage("null")},
			{Key: "foo", Value: json.RawMessage(`"not known to AMQP"`)},
		},
	}
	h, err := appendContentHeader(nil, &env)
	if err != nil {
		t.Fatal(err)
	}
	want := "\xff\xc4" + "\x03a/b" + "\x00" + "\x00\x00\x00\x00" + "\x02" + "\x00" + "\x01c" + "\x01r" + "\x019" + "\x01m" +
		"\x00\x00\x00\x00\x00\x00\x01\x02" + "\x01k"
	if got := string(h); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQueueArguments(t *testing.T) {
	t.Parallel()
	got, kinds, err := tableOf([]message.Header{
		{Key: "x-max-priority", Value: json.RawMessage("10")},
		{Key: "x-max-length-bytes", Value: json.RawMessage("3000000000")},
		{Key: "x-queue-type", Value: json.RawMessage(`"quorum"`)},
		{Key: "f", Value: json.RawMessage("0.5")},
		{Key: "t", Value: json.RawMessage("true")},
		{Key: "n", Value: json.RawMessage("null")},
		{Key: "l", Value: json.RawMessage(`[1, "a", [], {"b": [null]}]`)},
		{Key: "o", Value: json.RawMessage(`{"a": {}, "b": 3000000000}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := amqp091.Table{
		"x-max-priority": int32(10), "x-max-length-bytes": int64(3000000000), "x-queue-type": "quorum", "f": 0.5, "t": true, "n": nil,
		"l": []any{int32(1), "a", []any{}, amqp091.Table{"b": []any{nil}}},
		"o": amqp091.Table{"a": amqp091.Table{}, "b": int64(3000000000)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantKinds := map[string]any{
		"x-max-priority": "I", "x-max-length-bytes": "L", "x-queue-type": "S", "f": "d", "t": "t", "n": "V",
		"l": map[string]any{"A": []any{"I", "S", map[string]any{"A": []any{}}, map[string]any{"F": map[string]any{
			"b": map[string]any{"A": []any{"V"}},
		}}}},
		"o": map[string]any{"F": map[string]any{"a": map[string]any{"F": map[string]any{}}, "b": "L"}},
	}
	if diff := cmp.Diff(wantKinds, kinds); diff != "" {
		t.Errorf("kinds (-want +got)\n%s", diff)
	}
	for _, text := range []string{"", "[1", `[{"a": 1e}]`, `{"a": 99999999999999999999}`} {
		_, _, err := tableOf([]message.Header{{Key: "x-bad", Value: json.RawMessage(text)}})
		if err == nil || !strings.Contains(err.Error(), `"x-bad"`) {
			t.Errorf("%q: got %v, want an error that names the argument", text, err)
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(`{"a": [1, 2.5, "x", null, true, {"b": -3000000000}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := appendField(nil, json.RawMessage(text))
		if err != nil {
			return
		}
		if _, kind, rest := readField(encoded); kind == nil || len(rest) != 0 {
			t.Errorf("%q: got kind %v and %d bytes more than its own", text, kind, len(rest))
		}
	})
}
