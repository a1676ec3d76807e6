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
	text, err := d.next()
	if err != nil {
		return nil, fmt.Errorf("read document 1: %w", err)
	}
	var h head
	if err := strictly(text, &h); err != nil {
		return nil, fmt.Errorf("read document 1: %w", err)
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

// errNoObject is the error of a document that is no task; the next one can be read.
var errNoObject = errors.New("is not an object of fields")

// next returns the next document; io.EOF when there is none. After any error but errNoObject the rest cannot be read.
func (d *decoder) next() (text json.RawMessage, err error) {
	d.n++
	if d.yaml == nil {
		err = d.json.Decode(&text)
		return text, err
	}
	var doc map[string]any
	err = d.yaml.Decode(&doc)
	if wrong, ok := errors.AsType[*yaml.TypeError](err); ok {
		return nil, fmt.Errorf("%w: %s", errNoObject, strings.Join(wrong.Errors, "; "))
	}
	if err != nil {
		return nil, err
	}
	if text, err = json.Marshal(doc); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoObject, err)
	}
	return text, nil
}

// strictly decodes a document and refuses fields that are not known.
func strictly(text json.RawMessage, into any) error {
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	return in.Decode(into)
}

// each calls do with each task of a file and what is wrong with its fields, and returns the first error of do. The
// number of a document is its place in the file.
func each(r io.Reader, do func(document int, t *Task, problems []Problem) error) error {
	in, err := newDecoder(r)
	if err != nil {
		return err
	}
	for {
		text, err := in.next()
		var t Task
		var problems []Problem
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errNoObject):
			problems = []Problem{{Problem: err.Error()}}
		case err != nil:
			return &brokenError{document: in.n, err: err}
		default:
			problems = t.read(text)
		}
		if err := do(in.n, &t, problems); err != nil {
			return err
		}
	}
}

// A brokenError means that a file cannot be read on.
type brokenError struct {
	document int
	err      error
}

func (e *brokenError) Error() string { return fmt.Sprintf("read document %d: %v", e.document, e.err) }
func (e *brokenError) Unwrap() error { return e.err }
