package message_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// pythonOnly tells whether an input holds a tag for a value that JSON text cannot hold.
func pythonOnly(input json.RawMessage) bool {
	for _, tag := range []string{
		"$tuple", "$bytes", "$set", "$datetime", "$date", "$time", "$uuid", "$decimal", "$intkeys",
	} {
		if strings.Contains(string(input), tag) {
			return true
		}
	}
	return false
}

func TestGoldenJSON(t *testing.T) {
	t.Parallel()
	rows := loadRecordings(t)["table-json"].Rows
	if len(rows) == 0 {
		t.Fatal("the table is empty")
	}
	equal, tagged := 0, 0
	for _, row := range rows {
		// What Celery wrote is what a row could hold; it passes as it is, with Celery's tags for Python values.
		inputs := []json.RawMessage{json.RawMessage(row.JSON)}
		if pythonOnly(row.Input) {
			tagged++
		} else {
			inputs = append(inputs, arguments(row.Input))
			equal++
		}
		for _, input := range inputs {
			got, err := message.AppendPythonJSON(nil, input, message.Limits{})
			if err != nil || string(got) != row.JSON {
				t.Errorf("%s:\ngot  %s, %v\nwant %s", input, got, err, row.JSON)
			}
		}
	}
	t.Logf("%d rows equal, %d rows with Python values checked as tagged text", equal, tagged)
}

func TestGoldenSaferepr(t *testing.T) {
	t.Parallel()
	rows := loadRecordings(t)["table-saferepr"].Rows
	if len(rows) == 0 {
		t.Fatal("the table is empty")
	}
	equal, beyond := 0, 0
	for _, row := range rows {
		if pythonOnly(row.Input) {
			beyond++
			continue
		}
		equal++
		input := must(message.AppendPythonJSON(nil, arguments(row.Input), message.Limits{}))
		if got := message.Repr(input); got != row.Repr {
			t.Errorf("%.100s:\ngot  %q\nwant %q", row.Input, got, row.Repr)
		}
	}
	t.Logf("%d rows equal, %d rows out of scope: Python values that JSON text cannot hold", equal, beyond)
}
