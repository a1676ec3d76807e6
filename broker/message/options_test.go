package message

import (
	"encoding/json"
	"errors"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	tests := []struct {
		name, text string
		want       Options
	}{
		{"none", "", Options{}},
		{"null", " null ", Options{}},
		{"all null", `{"queue": null, "foo": null, "expires": null}`, Options{}},
		{
			"common", `{"queue": "q", "exchange": "x", "routing_key": "k", "priority": 0, "headers": {"a":1}, "expires": 1.5}`,
			Options{
				Queue: "q", Exchange: "x", RoutingKey: "k", Priority: new(0), Headers: raw(`{"a": 1}`),
				ExpireSeconds: new(1.5),
			},
		},
		{
			"delivery", `{"exchange_type": "topic", "delivery_mode": "transient", "mandatory": true, "serializer": "json",
				"compression": "gzip"}`,
			Options{Extra: &Extra{
				ExchangeType: "topic", DeliveryMode: Transient, Mandatory: true, Serializer: "json", Compression: "gzip",
			}},
		},
		{
			"times", `{"countdown": 2, "eta": "2030-01-31 12:00", "expires": "2030-01-31", "expiration": 3, "time_limit": 30.0,
				"soft_time_limit": 25}`,
			Options{Extra: &Extra{
				Countdown: 2, ETA: "2030-01-31 12:00", ExpiresText: "2030-01-31", Expiration: new(3.0), TimeLimit: "30.0",
				SoftTimeLimit: "25",
			}},
		},
		{
			"identity", `{"task_id": "t", "correlation_id": "c", "reply_to": "r", "root_id": "o", "parent_id": "p",
				"group_id": "g", "group_index": 0, "shadow": "s", "ignore_result": true, "retries": 2,
				"replaced_task_nesting": 1}`,
			Options{Extra: &Extra{
				TaskID: "t", CorrelationID: "c", ReplyTo: "r", RootID: "o", ParentID: "p", GroupID: "g", GroupIndex: new(0),
				Shadow: "s", IgnoreResult: new(true), Retries: 2, Nesting: 1,
			}},
		},
		{
			"consumed without a trace", `{"retry": false, "retry_policy": {}, "immediate": false, "timeout": 3}`,
			Options{},
		},
		{
			"properties in order", `{"foo": [1,2], "argsrepr": "x", "type": "kind"}`,
			Options{Extra: &Extra{Argsrepr: "x", Properties: []Header{
				{"foo", raw("[1, 2]")}, {"argsrepr", raw(`"x"`)}, {"type", raw(`"kind"`)},
			}}},
		},
		{
			"stamps", `{"m": {"a":1}, "stamped_headers": ["m", "queue"], "queue": "q"}`,
			Options{Queue: "q", Extra: &Extra{
				StampedHeaders: raw(`["m", "queue"]`), Stamps: raw(`{"m": {"a": 1}, "queue": "q"}`), Properties: []Header{},
			}},
		},
		{
			"links", `{"link": [{"task":"a","immutable":true}], "link_error": {"task":"b"}, "chain": [], "chord": {"task":"c"}}`,
			Options{Extra: &Extra{
				Link: raw(`[{"task": "a", "immutable": true, "args": [], "kwargs": {}, "options": {}, "subtask_type": null}]`),
				LinkError: raw(`[{"task": "b", "args": [], "kwargs": {}, "options": {}, "subtask_type": null, ` +
					`"immutable": false}]`),
				Chain: raw("[]"),
				Chord: raw(`{"task": "c", "args": [], "kwargs": {}, "options": {}, "subtask_type": null, "immutable": false}`),
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseOptions(json.RawMessage(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, field string }{
		{"[]", "options"},
		{"{", "options"},
		{`{"queue": 1}`, "queue"},
		{`{"exchange": {}}`, "exchange"},
		{`{"priority": "5"}`, "priority"},
		{`{"priority": 1.0}`, "priority"},
		{`{"priority": -1}`, "priority"},
		{`{"priority": 256}`, "priority"},
		{`{"headers": []}`, "headers"},
		{`{"delivery_mode": 3}`, "delivery_mode"},
		{`{"expires": "soon"}`, "expires"},
		{`{"expires": true}`, "expires"},
		{`{"expires": Infinity}`, "expires"},
		{`{"eta": 5}`, "eta"},
		{`{"eta": "2030-02-30T00:00:00"}`, "eta"},
		{`{"countdown": "10"}`, "countdown"},
		{`{"time_limit": "30"}`, "time_limit"},
		{`{"retries": -1}`, "retries"},
		{`{"group_index": 1e3}`, "group_index"},
		{`{"ignore_result": 1}`, "ignore_result"},
		{`{"link": "proj.task"}`, "link"},
		{`{"link_error": [{"args": []}]}`, "link_error"},
		{`{"chord": []}`, "chord"},
		{`{"stamped_headers": "m"}`, "stamped_headers"},
		{`{"stamped_headers": ["m"]}`, "stamped_headers"},
		{`{"stamped_headers": [1]}`, "stamped_headers"},
		{`{"content_type": "application/x-python-serialize"}`, "content_type"},
		{`{"delivery_tag": "x"}`, "delivery_tag"},
		{`{"immediate": true}`, "immediate"},
		{`{"router": "x"}`, "router"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseOptions(json.RawMessage(tt.text))
			e, ok := errors.AsType[*OptionError](err)
			if !ok || e.Field != tt.field || e.Problem == "" {
				t.Errorf("got %+v, %v, want an OptionError about %s", got, err, tt.field)
			}
		})
	}
}

// A million rows hold one each.
func TestOptionsAreSmall(t *testing.T) {
	t.Parallel()
	if got := unsafe.Sizeof(Options{}); got > 128 {
		t.Errorf("got %d bytes, want at most 128", got)
	}
}
