package codec

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/broker/message"
)

func TestYAML(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{
			"body", `[[1, "x"], {}, {"chord": null, "callbacks": [], "a": true}]`,
			"- - 1\n  - x\n- {}\n- a: true\n  callbacks: []\n  chord: null\n",
		},
		{
			"words of YAML 1.1", `["yes", "No", "ON", "off", "y", "null", "~", "true", "<<", "=", ".inf", "", "words"]`,
			`["yes", "No", "ON", "off", "y", "null", "~", "true", "<<", "=", ".inf", "", words]`,
		},
		{
			"numbers in texts", `["1", "1.5", "1:30", "012", "0x1f", "1e3", "2024-05-06", "1_000"]`,
			`["1", "1.5", "1:30", "012", "0x1f", "1e3", "2024-05-06", "1_000"]`,
		},
		{
			"special characters", `["a b", "a: b", "- a", "#", "\n", "\"'\\", "é", "\ud83d\ude00", "\u0085\u2028\u0000"]`,
			`["a b", "a: b", "- a", "#", "\n", "\"'\\", "é", "\U0001F600", "\N\L\0"]`,
		},
		{
			"numbers", `[1, -1, 123456789012345678901234567890, 1.0, 1e+16, 1e-05, 1.5e+300, NaN, Infinity, -Infinity]`,
			`[1, -1, 123456789012345678901234567890, 1.0, 1.0e+16, 1.0e-05, 1.5e+300, .nan, .inf, -.inf]`,
		},
		{"keys", `{"yes": 1, "1": 2, "a": 3}`, "\"1\": 2\na: 3\n\"yes\": 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := encodeYAML(python(t, tt.text))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if inner, ok := strings.CutPrefix(want, "["); ok { // a list in a line each
				want = "- " + strings.ReplaceAll(strings.TrimSuffix(inner, "]"), ", ", "\n- ") + "\n"
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("yaml (-want +got):\n%s", diff)
			}
		})
	}
	if got, err := encodeYAML(python(t, `["\ud800"]`)); err == nil {
		t.Errorf("got %q, want half a surrogate pair refused", got)
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := message.AppendPythonJSON(nil, text, message.Limits{})
		if err != nil {
			return
		}
		written, err := encodeYAML(body)
		if err != nil {
			return
		}
		var root yaml.Node
		if err := yaml.Unmarshal(written, &root); err != nil {
			t.Fatalf("%s became %q: %v", body, written, err)
		}
		if diff := cmp.Diff(value(t, body), nodeValue(t, root.Content[0])); diff != "" {
			t.Fatalf("%s became %q:\n%s", body, written, diff)
		}
	})
}

// nodeValue decodes a node with exact integers.
func nodeValue(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, nodeValue(t, c))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			out[fmt.Sprint(nodeValue(t, n.Content[i]))] = nodeValue(t, n.Content[i+1])
		}
		return out
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
	if n.Tag == "!!int" || n.Tag == "!!float" && !strings.Contains(n.Value, ".") {
		return numberText(json.Number(n.Value))
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if f, ok := v.(float64); ok {
		return numberText(f)
	}
	return v
}
