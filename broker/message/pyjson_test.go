package message

import (
	"fmt"
	"strings"
	"testing"
)

func TestAppendPythonJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"spaces", " [1 ,2,\n{\"a\" :\t[ ] , \"b\":{ }}]\r\n", `[1, 2, {"a": [], "b": {}}]`},
		{"minus zero", "[-0, -0.0, 0]", "[0, -0.0, 0]"},
		{"float forms", "[1E5, 1e-5, 0.1e1, 1e400, -1e400]", "[100000.0, 1e-05, 1.0, Infinity, -Infinity]"},
		{"float bounds", "[0.0001, 0.00009, 9999999999999998.0, 1e16]", "[0.0001, 9e-05, 9999999999999998.0, 1e+16]"},
		{"big integer", "[123456789012345678901234567890]", "[123456789012345678901234567890]"},
		{"not finite", "[NaN, Infinity, -Infinity]", "[NaN, Infinity, -Infinity]"},
		{"escapes", `["\/\u0041\u00E9\u0000\b\f\n\r\t\"\\"]`, `["/A\u00e9\u0000\b\f\n\r\t\"\\"]`},
		{"raw characters", "[\"é\x7f\U0001f600\u2028\"]", `["\u00e9\u007f\ud83d\ude00\u2028"]`},
		{"lone surrogate", `["\ud800x\uDFFF"]`, `["\ud800x\udfff"]`},
		{"repeated key", `{"a":1,"b":[2],"a":{"c":3}}`, `{"a": {"c": 3}, "b": [2]}`},
		{"repeated key, shorter", `{"a":"long","b":2,"a":0,"b":""}`, `{"a": 0, "b": ""}`},
		{"repeated key, escaped", `{"é":1,"\u00e9":2}`, `{"\u00e9": 2}`},
		{"repeated inner key", `{"o":{"a":1,"a":2},"p":{"a":3}}`, `{"o": {"a": 2}, "p": {"a": 3}}`},
		{"repeated outer key", `{"a":1,"o":{"a":1,"b":2,"b":3},"a":4}`, `{"a": 4, "o": {"a": 1, "b": 3}}`},
		{"repeated keys in turn", `{"a":1,"b":2,"c":3,"a":"long","b":"","c":[],"b":4}`, `{"a": "long", "b": 4, "c": []}`},
		{"key that starts another", `{"a":1,"a\"":2,"a":3}`, `{"a": 3, "a\"": 2}`},
		{"word", "null", "null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := AppendPythonJSON([]byte("before"), []byte(tt.text), Limits{})
			if err != nil || string(got) != "before"+tt.want {
				t.Errorf("got %s, %v, want before%s", got, err, tt.want)
			}
		})
	}
}

func TestAppendPythonJSONManyKeys(t *testing.T) {
	t.Parallel()
	var text, want strings.Builder
	for i := range 140 {
		fmt.Fprintf(&text, `,"k%d":%d`, i%50, i)
		if i < 50 {
			fmt.Fprintf(&want, `, "k%d": %d`, i, i+50*((139-i)/50))
		}
	}
	got, err := AppendPythonJSON(nil, []byte("{"+text.String()[1:]+"}"), Limits{})
	if err != nil || string(got) != "{"+want.String()[2:]+"}" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAppendPythonJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, problem string }{
		{"empty", "", "at byte 0: ends before a value"},
		{"open array", "[1", "at byte 2: expected , or ]"},
		{"trailing comma", "[1,]", "at byte 3: expected a value"},
		{"open object", `{"a":1`, "at byte 6: expected , or }"},
		{"bare key", "{a:1}", "expected a key"},
		{"no colon", `{"a" 1}`, "expected :"},
		{"second value", "[] []", "after the end"},
		{"leading zero", "[01]", "starts with 0"},
		{"plus", "[+1]", "expected a value"},
		{"point", "[1.]", "expected a digit"},
		{"exponent", "[1e]", "expected a digit"},
		{"minus", "[-]", "expected a digit"},
		{"word", "[nul]", "expected a value"},
		{"open string", `["a`, "string does not end"},
		{"open escape", `["\`, "string does not end"},
		{"bad escape", `["\x"]`, "unknown escape"},
		{"short unit", `["\u12g4"]`, "four hex digits"},
		{"newline in string", "[\"a\nb\"]", "control character"},
		{"invalid UTF-8", "[\"\xff\"]", "invalid UTF-8"},
		{"byte order mark", "\xef\xbb\xbf[]", "at byte 0"},
		{"long integer", "[" + strings.Repeat("1", 4301) + "]", "more than 4300 digits"},
		{"deep", strings.Repeat("[", 33) + strings.Repeat("]", 33), "more than 32 deep"},
		{"many values", "[" + strings.Repeat("1,", 10_000) + "1]", "more than 10000 values"},
		{"many repeated keys", `{"a":0` + strings.Repeat(`,"a":1`, 101) + "}", "more than 100 repeated keys"},
		{"large", `["` + strings.Repeat("x", 65_533) + `"]`, "has 65537 bytes, more than 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := AppendPythonJSON([]byte("before"), []byte(tt.text), Limits{})
			if err == nil || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("got error %v, want %q", err, tt.problem)
			}
			if string(got) != "before" {
				t.Errorf("got text %.50s, want it unchanged", got)
			}
		})
	}
}

func TestAppendPythonJSONWithinLimits(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"[" + strings.Repeat("1", 4300) + "]",
		strings.Repeat("[", 32) + strings.Repeat("]", 32),
		"[" + strings.Repeat("1,", 9_998) + "1]",
		`["` + strings.Repeat("x", 65_532) + `"]`,
	} {
		if _, err := AppendPythonJSON(nil, []byte(text), Limits{}); err != nil {
			t.Errorf("%.20s…: %v", text, err)
		}
	}
}

func TestMergeObjects(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, base, over, want string }{
		{"replace and add", `{"a":1,"b":2}`, `{"c":3,"a":{"x":1}}`, `{"a": {"x": 1}, "b": 2, "c": 3}`},
		{"base empty", "", `{"a":1}`, `{"a": 1}`},
		{"over empty", `{"a":1}`, " {} ", `{"a": 1}`},
		{"both empty", "", "null", "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := MergeObjects([]byte(tt.base), []byte(tt.over))
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
	for _, bad := range [][2]string{{"[]", "{}"}, {"{}", "1"}, {"{", "{}"}} {
		if got, err := MergeObjects([]byte(bad[0]), []byte(bad[1])); err == nil {
			t.Errorf("%s: got %s, want an error", bad, got)
		}
	}
}
