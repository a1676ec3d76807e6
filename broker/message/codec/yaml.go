package codec

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/broker/message"
)

// encodeYAML writes a body as PyYAML's safe_dump does, with other line breaks: in blocks, keys sorted. Workers read it
// by the rules of YAML 1.1, so every text that could be mistaken for something else there is quoted.
func encodeYAML(body []byte) ([]byte, error) {
	if err := checkText(body); err != nil {
		return nil, err
	}
	root, err := node(body)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write yaml: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("write yaml: %w", err)
	}
	return out.Bytes(), nil
}

func node(v []byte) (*yaml.Node, error) {
	switch v[0] {
	case '[':
		return sequence(v)
	case '{':
		return mapping(v)
	case '"':
		return textNode(message.Unquote(v)), nil
	case 'n':
		return scalar("!!null", "null"), nil
	case 't', 'f':
		return scalar("!!bool", string(v)), nil
	}
	if !isFloat(v) {
		return scalar("", string(v)), nil // a tag would be written out for large ones
	}
	return floatNode(v)
}

func sequence(v []byte) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for e := range message.Elements(v) {
		child, err := node(e)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	return n, nil
}

func mapping(v []byte) (*yaml.Node, error) {
	type member struct {
		key   string
		value []byte
	}
	var sorted []member
	for key, value := range message.Members(v) {
		sorted = append(sorted, member{key, value})
	}
	slices.SortFunc(sorted, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, m := range sorted {
		child, err := node(m.value)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, textNode(m.key), child)
	}
	return n, nil
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func textNode(s string) *yaml.Node {
	n := scalar("!!str", s)
	if !plainWord(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// plainWord tells whether a text needs no quotes under the rules of YAML 1.1.
func plainWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '.' || c == '-' || c == '@' || c == '/'):
		default:
			return false
		}
	}
	return s != ""
}

// floatNode writes a float as PyYAML does: with a point, because YAML 1.1 takes 1e+16 for a text.
func floatNode(v []byte) (*yaml.Node, error) {
	f, err := parseFloat(v)
	if err != nil {
		return nil, fmt.Errorf("write yaml: %w", err)
	}
	text := string(v)
	switch {
	case math.IsNaN(f):
		text = ".nan"
	case math.IsInf(f, 1):
		text = ".inf"
	case math.IsInf(f, -1):
		text = "-.inf"
	case !strings.Contains(text, "."):
		text = strings.Replace(text, "e", ".0e", 1)
	}
	return scalar("!!float", text), nil
}
