package message

import (
	"encoding/json"
	"math"
	"strconv"
)

// option is one option with its value in Python's JSON form. Its methods store the value if it has the right type.
type option struct {
	name string
	text []byte
}

func (v option) wrong(problem string) error {
	return &OptionError{Field: v.name, Value: string(v.text), Problem: problem}
}

func rangeError(field string, n int, problem string) error {
	return &OptionError{Field: field, Value: strconv.Itoa(n), Problem: problem}
}

func (v option) string(to *string) error {
	if v.text[0] != '"' {
		return v.wrong("is not a string")
	}
	*to = Unquote(v.text)
	return nil
}

func (v option) bool(to *bool) error {
	if s := string(v.text); s != "true" && s != "false" {
		return v.wrong("is not true or false")
	}
	*to = v.text[0] == 't'
	return nil
}

func (v option) boolPointer(to **bool) error {
	var b bool
	if err := v.bool(&b); err != nil {
		return err
	}
	*to = &b
	return nil
}

// inverse stores that something is not so.
func (v option) inverse(to *bool) error {
	var b bool
	if err := v.bool(&b); err != nil {
		return err
	}
	*to = !b
	return nil
}

func (v option) int(to *int) error {
	n, err := strconv.ParseInt(string(v.text), 10, 32)
	if err != nil {
		return v.wrong("is not an integer of 32 bits")
	}
	*to = int(n)
	return nil
}

func (v option) intPointer(to **int) error {
	var n int
	if err := v.int(&n); err != nil {
		return err
	}
	*to = &n
	return nil
}

func (v option) count(to *int) error {
	if err := v.int(to); err != nil {
		return err
	}
	if *to < 0 {
		return v.wrong("is negative")
	}
	return nil
}

// number keeps the text, because Python tells 30 from 30.0.
func (v option) number(to *json.Number) error {
	var f float64
	if err := v.seconds(&f); err != nil {
		return err
	}
	*to = json.Number(v.text)
	return nil
}

func (v option) seconds(to *float64) error {
	f, err := strconv.ParseFloat(string(v.text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return v.wrong("is not a number of seconds")
	}
	*to = f
	return nil
}

func (v option) secondsPointer(to **float64) error {
	var f float64
	if err := v.seconds(&f); err != nil {
		return err
	}
	*to = &f
	return nil
}

func (v option) instant(to *string) error {
	var s string
	if err := v.string(&s); err != nil {
		return err
	}
	if _, ok := parseISO(s); !ok {
		return v.wrong("is not a time in ISO 8601, such as 2030-01-31T12:00:00+00:00")
	}
	*to = s
	return nil
}

func (v option) object(to *json.RawMessage) error {
	if v.text[0] != '{' {
		return v.wrong("is not a JSON object")
	}
	*to = v.text
	return nil
}

func (v option) array(to *json.RawMessage) error {
	if v.text[0] != '[' {
		return v.wrong("is not a JSON array")
	}
	*to = v.text
	return nil
}

func (v option) deliveryMode(to *uint8) error {
	switch string(v.text) {
	case "1", `"transient"`:
		*to = Transient
	case "2", `"persistent"`:
		*to = Persistent
	default:
		return v.wrong("is not 1 (transient) or 2 (persistent)")
	}
	return nil
}

// signatures stores one signature or an array of them as an array.
func (v option) signatures(to *json.RawMessage) error {
	if v.text[0] != '[' {
		var one json.RawMessage
		if err := v.signature(&one); err != nil {
			return err
		}
		*to = append(append(json.RawMessage{'['}, one...), ']')
		return nil
	}
	out := json.RawMessage{'['}
	for text := range Elements(v.text) {
		if len(out) > 1 {
			out = append(out, ", "...)
		}
		var one json.RawMessage
		if err := (option{v.name, text}).signature(&one); err != nil {
			return err
		}
		out = append(out, one...)
	}
	*to = append(out, ']')
	return nil
}

// signature stores a signature with all the keys that a worker looks up, so that {"task": "name"} is enough. Its errors
// do not quote it, because it holds arguments.
func (v option) signature(to *json.RawMessage) error {
	if v.text[0] != '{' {
		return &OptionError{Field: v.name, Problem: "is not a signature: an object with the key task"}
	}
	if name := lookup(v.text, "task"); name == nil || name[0] != '"' {
		return &OptionError{Field: v.name, Problem: "is a signature without the name of a task"}
	}
	out := append(json.RawMessage(nil), v.text[:len(v.text)-1]...)
	for _, m := range [...]Header{
		{"args", json.RawMessage("[]")},
		{"kwargs", json.RawMessage("{}")},
		{"options", json.RawMessage("{}")},
		{"subtask_type", json.RawMessage("null")},
		{"immutable", json.RawMessage("false")},
	} {
		if lookup(v.text, m.Key) == nil {
			out = append(append(append(out, `, "`...), m.Key...), `": `...)
			out = append(out, m.Value...)
		}
	}
	*to = append(out, '}')
	return nil
}
