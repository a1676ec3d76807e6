package message

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func fuzzSeeds(f *testing.F) {
	for _, s := range []string{
		"", "[]", "{}", "null", `[1, "é", {"a": [2.50, -0, 1e400]}]`, `{"a":1,"b":2,"a":[]}`, `["\ud83d\ude00\/\u007f"]`,
		`{"queue": "q", "priority": 5, "link": {"task": "t"}, "expires": "2024-05-06T08:00:00Z", "x": [1]}`,
		`{"stamped_headers": ["m"], "m": 1}`, `[[[[["deep"]]]], {"k'": "v'"}]`, `["` + strings.Repeat("x y", 500) + `"]`,
		"[" + strings.Repeat("123, ", 300) + "1]", `[NaN, -Infinity]`, `{"":0,"":1}`, `[12345678901234567890123]`,
	} {
		f.Add([]byte(s))
	}
}

func FuzzPythonJSON(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := AppendPythonJSON(nil, text, Limits{})
		if err != nil {
			return
		}
		again, err := AppendPythonJSON(nil, got, Limits{Bytes: len(got)})
		if err != nil || string(again) != string(got) {
			t.Fatalf("%q became %q, then %q, %v", text, got, again, err)
		}
		var want, have any
		if decodeNumbers(text, &want) != nil {
			if !strings.Contains(string(got), "NaN") && !strings.Contains(string(got), "Infinity") {
				t.Fatalf("%q is accepted", text)
			}
			return
		}
		if err := decodeNumbers(got, &have); err != nil {
			if strings.Contains(string(got), "Infinity") { // from a float out of range
				return
			}
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if diff := cmp.Diff(want, have, cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("%q became %q:\n%s", text, got, diff)
		}
	})
}

func decodeNumbers(text []byte, to *any) error {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	return dec.Decode(to)
}

// sameNumber compares as Python would: integers exactly, floats as such.
func sameNumber(a, b json.Number) bool {
	x, isInt := new(big.Int).SetString(string(a), 10)
	y, isInt2 := new(big.Int).SetString(string(b), 10)
	if isInt || isInt2 {
		return isInt && isInt2 && x.Cmp(y) == 0
	}
	f, _ := a.Float64()
	g, _ := b.Float64()
	return math.Float64bits(f) == math.Float64bits(g)
}

func FuzzSaferepr(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := AppendPythonJSON(nil, text, Limits{})
		if err != nil {
			return
		}
		got := appendRepr(nil, value, reprLength)
		if !utf8.Valid(got) {
			t.Fatalf("%q: got %q, which is not UTF-8", text, got)
		}
		// Quotes may double one token; brackets, dots and a last separator come on top.
		if n := utf8.RuneCount(got); n > 2*reprLength+20 {
			t.Fatalf("%q: got %d characters", text, n)
		}
	})
}

func FuzzParseOptions(f *testing.F) {
	fuzzSeeds(f)
	b, err := NewBuilder(Settings{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := ParseOptions(text)
		if err == nil {
			var env Envelope
			env, err = b.Build(Task{Name: "t", Options: o}, Stamp{ID: "id"})
			if out := KombuEnvelope(env, "tag"); err == nil && !usable(out) {
				t.Fatalf("%q: got envelope %q", text, out)
			}
		}
		if _, ok := errors.AsType[*OptionError](err); err != nil && !ok {
			t.Fatalf("%q: got error %v of another type", text, err)
		}
	})
}

// usable tells whether text is JSON that Python can read.
func usable(text []byte) bool {
	_, err := AppendPythonJSON(nil, text, Limits{Bytes: len(text), Nodes: len(text), Depth: 64})
	return err == nil
}

func FuzzGlob(f *testing.F) {
	f.Add("proj.*", "proj.tasks.add")
	f.Add("*[a-c]?[!x]*", "zzbq1")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		MatchGlob(pattern, name)
		if !MatchGlob("*", name) {
			t.Fatalf("* does not match %q", name)
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte(`{"a": {"exchange": "x", "expires": 5, "queue_arguments": {"x-max-length": 1}}}`))
	f.Add([]byte(`[[["proj.*", {"queue": "q"}]], {"x": "y"}]`))
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		queues, err := ParseQueues(text)
		routes, err2 := ParseRoutes(text)
		if err == nil && err2 == nil {
			_, _ = NewBuilder(Settings{Queues: queues, Routes: routes})
		}
	})
}
