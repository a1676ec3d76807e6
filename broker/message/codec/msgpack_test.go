package codec

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/gobeat/gobeat/broker/message"
)

// The wanted bytes are those of Python: msgpack.packb(json.loads(text), use_bin_type=True).
func TestMsgpack(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"constants", `[null, true, false]`, "93c0c3c2"},
		{
			"positive integers", `[0, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, 18446744073709551615]`,
			"9a007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cfffffffffffffffff",
		},
		{
			"negative integers", `[-1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, -9223372036854775808]`,
			"9affe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffffd38000000000000000",
		},
		{
			"floats", `[1.0, -0.0, 2.5, 1e+300]`,
			"94cb3ff0000000000000cb8000000000000000cb4004000000000000cb7e37e43c8800759c",
		},
		{"not finite", `[NaN, Infinity, -Infinity]`, "93cb7ff8000000000000cb7ff0000000000000cbfff0000000000000"},
		{"texts", `["", "h\u00e9", "\ud83d\ude00", "\n\"\\"]`, "94a0a368c3a9a4f09f9880a30a225c"},
		{"order of keys", `{"b": 1, "a": {"c": []}}`, "82a16201a16181a16390"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := encodeMsgpack(python(t, tt.text))
			if err != nil || hex.EncodeToString(got) != tt.want {
				t.Errorf("got %x, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestMsgpackLengths(t *testing.T) {
	t.Parallel()
	for _, n := range []int{15, 16, 31, 32, 255, 256, 65535, 65536} {
		text := strings.Repeat("x", n)
		got, err := encodeMsgpack(python(t, `["`+text+`"]`))
		if err != nil {
			t.Fatal(err)
		}
		var back []string
		if err := msgpack.Unmarshal(got, &back); err != nil || back[0] != text {
			t.Errorf("%d characters became %d bytes: %v", n, len(got), err)
		}
		array := python(t, "["+strings.TrimSuffix(strings.Repeat("1,", n), ",")+"]")
		if got, err = encodeMsgpack(array); err != nil {
			t.Fatal(err)
		}
		var numbers []int
		if err := msgpack.Unmarshal(got, &numbers); err != nil || len(numbers) != n {
			t.Errorf("%d numbers became %d: %v", n, len(numbers), err)
		}
	}
}

func TestMsgpackRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"above 64 bits", `[18446744073709551616]`, "write msgpack: an integer does not fit into 64 bits"},
		{"below 64 bits", `[-9223372036854775809]`, "write msgpack: an integer does not fit into 64 bits"},
		{"high surrogate", `["\ud800x"]`, "holds half a surrogate pair, which only json can carry"},
		{"low surrogate", `{"\udc00": 1}`, "holds half a surrogate pair, which only json can carry"},
		{"two high surrogates", `["\\\ud800\ud800\udc00"]`, "holds half a surrogate pair, which only json can carry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := encodeMsgpack(python(t, tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %x, %v, want error %s", got, err, tt.want)
			}
		})
	}
}

func FuzzMsgpack(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := message.AppendPythonJSON(nil, text, message.Limits{})
		if err != nil {
			return
		}
		packed, err := encodeMsgpack(body)
		if err != nil {
			return
		}
		dec := msgpack.NewDecoder(bytes.NewReader(packed))
		dec.UseLooseInterfaceDecoding(true)
		got, err := dec.DecodeInterfaceLoose()
		if err != nil {
			t.Fatalf("%s became %x: %v", body, packed, err)
		}
		if diff := cmp.Diff(value(t, body), withNumberTexts(got)); diff != "" {
			t.Fatalf("%s became %x:\n%s", body, packed, diff)
		}
	})
}

func withNumberTexts(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withNumberTexts(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withNumberTexts(v[key])
		}
	case int64, uint64, float64:
		return numberText(v)
	}
	return v
}
