package message_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// TestGoldenMessages52 replays what Celery 5.2 sent. Its workers take our messages as well; they are those of 5.6 but
// for the differences that are undone here, each in the cases that are known to have it, and in no other.
func TestGoldenMessages52(t *testing.T) {
	t.Parallel()
	recordings := loadFolder(t, "messages/celery-5.2", "messages-5.2.jsonl.gz")
	newest := loadRecordings(t)
	count := tally{}
	for _, name := range slices.Sorted(maps.Keys(recordings)) {
		r := recordings[name]
		t.Run(name, func(t *testing.T) {
			ended := replayOld(t, &r, newest[name])
			if t.Failed() {
				ended = "different"
			}
			count.add(r.Transport+": "+ended, name)
		})
	}
	count.log(t)
}

func replayOld(t *testing.T, r *recording, newest recording) string {
	t.Helper()
	switch r.Case {
	case "expires-string", "json-types":
		if r.Result.OK || !newest.Result.OK {
			t.Error("want 5.2 to refuse it and 5.6 to send it")
		}
		replay(t, &newest)
		return "refused by 5.2, sent as by 5.6"
	}
	var differences []string
	for _, name := range []string{"task_create_missing_queue_type", "task_create_missing_queue_exchange_type"} {
		if _, ok := r.Input.Settings[name]; ok {
			delete(r.Input.Settings, name)
			differences = append(differences, "without the setting "+name)
		}
	}
	sent, err := build(t, r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sent {
		differences = append(differences, age(&sent[i])...)
	}
	compare(t, r, sent)
	if len(differences) == 0 {
		return "equal"
	}
	return strings.Join(differences, ", ")
}

// age turns a message into one of Celery 5.2 with django-celery-beat before 2.8, and says how it differed.
func age(env *message.Envelope) []string {
	var differences []string
	var stamps []message.Header
	protocol2 := false
	env.Headers = slices.DeleteFunc(env.Headers, func(h message.Header) bool {
		switch h.Key {
		case "replaced_task_nesting", "stamped_headers", "stamps":
			protocol2 = true
			if h.Key != "replaced_task_nesting" && len(h.Value) > len("null") {
				stamps = append(stamps, h)
			}
			return true
		case "periodic_task_name":
			differences = append(differences, "without the row's name in a header")
			env.Properties = append(env.Properties, h)
			return true
		}
		return false
	})
	if protocol2 {
		differences = append(differences, "without replaced_task_nesting, stamped_headers, stamps")
	}
	for _, h := range stamps { // options that 5.2 does not know
		if h.Key == "stamped_headers" {
			env.Properties = append(env.Properties, h)
			continue
		}
		for key, value := range must(decode[map[string]json.RawMessage](h.Value)) {
			env.Properties = append(env.Properties, message.Header{Key: key, Value: value})
		}
		differences = append(differences, "with stamps among the properties")
	}
	return differences
}
