package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"

	"go.yaml.in/yaml/v3"
)

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
