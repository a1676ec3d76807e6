package transfer

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// encoder writes documents.
type encoder struct {
	yaml *yaml.Encoder // nil: JSON
	json *json.Encoder
}

func newEncoder(w io.Writer, f Format) (*encoder, error) {
	e := &encoder{}
	switch f {
	case YAML:
		e.yaml = yaml.NewEncoder(w)
		e.yaml.SetIndent(2)
	case JSON:
		e.json = json.NewEncoder(w)
		e.json.SetEscapeHTML(false)
	default:
		return nil, fmt.Errorf("format %q is not yaml or json", f)
	}
	return e, e.write(head{version})
}

// write writes one document.
func (e *encoder) write(v any) error {
	if e.yaml == nil {
		if err := e.json.Encode(v); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(printable(text), &doc); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	plain(&doc)
	if err := e.yaml.Encode(&doc); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (e *encoder) close() error {
	if e.yaml == nil {
		return nil
	}
	if err := e.yaml.Close(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// printable makes JSON that is YAML, too, which allows fewer characters to stand for themselves. They are all in strings.
func printable(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range string(text) {
		if c >= 0x7f && c <= 0x9f || c == 0xfeff || c == 0xfffe || c == 0xffff {
			out = fmt.Appendf(out, `\u%04x`, c)
			continue
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}

// plain lets a document that was JSON be written as people write YAML. What does not print stays in quotes: the library
// does not read all of its own blocks back.
func plain(n *yaml.Node) {
	n.Style = 0
	if strings.ContainsFunc(n.Value, func(c rune) bool { return !unicode.IsPrint(c) }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range n.Content {
		plain(inner)
	}
}
