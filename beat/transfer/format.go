package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Format is the language of a file.
type Format string

// Formats.
const (
	YAML Format = "yaml" // documents with lines of --- between them
	JSON Format = "json" // objects, one on a line
)

// version of the files. A later one is refused.
const version = 1

// head is the first document.
type head struct {
	Version int `json:"gobeat"`
}

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

// decoder reads documents.
type decoder struct {
	yaml *yaml.Decoder // nil: JSON
	json *json.Decoder
	n    int // documents read
}

// newDecoder finds out the format by the first character: JSON begins with {.
func newDecoder(r io.Reader) (*decoder, error) {
	in := bufio.NewReader(r)
	first, err := skipBlanks(in)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	if first == '{' {
		d.json = json.NewDecoder(in)
	} else {
		d.yaml = yaml.NewDecoder(in)
	}
	var h head
	if err := d.read(&h); err != nil {
		return nil, err
	}
	if h.Version != version {
		return nil, fmt.Errorf("read: the file has version %d of the format, this program reads %d", h.Version, version)
	}
	return d, nil
}

func skipBlanks(in *bufio.Reader) (rune, error) {
	for {
		c, _, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return 0, errors.New("read: the file is empty")
		case err != nil:
			return 0, fmt.Errorf("read: %w", err)
		case !unicode.IsSpace(c) && c != '\ufeff':
			return c, in.UnreadRune()
		}
	}
}

// read reads the next document; io.EOF when there is none.
func (d *decoder) read(into any) error {
	d.n++
	var text json.RawMessage
	var err error
	if d.yaml == nil {
		err = d.json.Decode(&text)
	} else {
		text, err = d.fromYAML()
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("read document %d: %w", d.n, err)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		return fmt.Errorf("read document %d: %w", d.n, err)
	}
	return nil
}

func (d *decoder) fromYAML() (json.RawMessage, error) {
	var doc map[string]any
	if err := d.yaml.Decode(&doc); err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("is not an object of fields: %w", err)
	}
	return text, nil
}
