package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// maxLine bounds one line of the line protocol, bytes. It leaves room for the largest message that a broker takes.
const maxLine = 16 << 20

// errLineTooLong is the answer to a line of more than maxLine bytes.
var errLineTooLong = errors.New("the line is longer than 16 MiB")

// An answerer appends the answer to one line to dst, without a line break.
type answerer func(dst, line []byte) []byte

// serveLines answers the lines of standard input until it ends or ctx does.
func (a *App) serveLines(ctx context.Context, answer answerer) error {
	done := make(chan error, 1)
	go func() { done <- answerLines(a.In, a.Out, answer) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		// A read of standard input cannot be interrupted; it ends with the process, which is about to.
		return errSilent
	}
}

// answerLines reads lines until the end of in and writes the answer to each, in order. Blank lines have none. Answers
// are held back only while more input is at hand, so a program that waits for an answer gets it.
func answerLines(in io.Reader, out io.Writer, answer answerer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	var line, reply []byte
	for {
		var err error
		line, err = readLine(r, line[:0])
		switch {
		case errors.Is(err, errLineTooLong):
			reply = appendFailure(reply[:0], nil, err)
		case len(bytes.TrimSpace(line)) == 0:
			reply = reply[:0]
		default:
			reply = answer(reply[:0], bytes.TrimRight(line, "\r\n"))
		}
		if len(reply) > 0 {
			if _, werr := w.Write(append(reply, '\n')); werr != nil {
				return fmt.Errorf("write answer: %w", werr)
			}
		}
		if err != nil && !errors.Is(err, errLineTooLong) {
			return finishLines(w, err)
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write answer: %w", err)
			}
		}
	}
}

func finishLines(w *bufio.Writer, err error) error {
	if werr := w.Flush(); werr != nil {
		return fmt.Errorf("write answer: %w", werr)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read line: %w", err)
}

// readLine appends the next line to dst. The last line may lack its line break; it comes together with io.EOF.
func readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if len(dst)+len(part) > maxLine {
			tooLong, dst = true, dst[:0]
		}
		if !tooLong {
			dst = append(dst, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLineTooLong
		}
		return dst, err
	}
}

// decodeLine reads one JSON object into v. The message of its error fits an answer.
func decodeLine(line []byte, v any) error {
	if !utf8.Valid(line) {
		return errors.New("the line is not UTF-8")
	}
	err := json.Unmarshal(line, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the line is not JSON: %w", syntax)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if kind.Field == "" {
			return fmt.Errorf("the line is not a JSON object: %s", kind.Value)
		}
		return fmt.Errorf("%s: %s cannot stand here%s", kind.Field, kind.Value, wanted(kind.Type))
	}
	return err
}

// wanted says what JSON a Go type is read from.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return ", a text is wanted"
	case reflect.Bool:
		return ", true or false is wanted"
	case reflect.Int, reflect.Int64:
		return ", a whole number is wanted"
	case reflect.Float64:
		return ", a number is wanted"
	case reflect.Struct, reflect.Map:
		return ", an object is wanted"
	case reflect.Slice:
		return ", a list is wanted"
	default:
		return ""
	}
}

// decodeKnown is decodeLine for an object whose members are all known. Others are passed over, since a caller may have
// notes of its own in a line, but for those that look like a known one misspelt: "mintue" would mean each minute.
func decodeKnown(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if utf8.Valid(line) && dec.Decode(v) == nil && dec.InputOffset() == int64(len(line)) {
		return nil
	}
	if err := decodeLine(line, v); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := decodeLine(line, &members); err != nil {
		return err
	}
	known := memberNames(reflect.TypeOf(v).Elem())
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			continue
		}
		if near := misspelt(strings.ToLower(name), known); near != "" {
			return fmt.Errorf("%.80q: is unknown; did you mean %q?", name, near)
		}
	}
	return nil
}

// misspelt returns the known name that a name has the letters of, or nearly; empty if there is none.
func misspelt(name string, known []string) string {
	if len(name) < 4 {
		return ""
	}
	if i := slices.IndexFunc(known, func(k string) bool { return letters(k) == letters(name) }); i >= 0 {
		return known[i]
	}
	return config.Nearest(name, known)
}

// memberNames returns the names of the members that a struct is read from.
func memberNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if f.Anonymous {
			names = append(names, memberNames(f.Type)...)
		} else {
			names = append(names, f.Tag.Get("json"))
		}
	}
	return names
}

// lineID finds the id of a line that could not be decoded as a whole; nil when it has none.
func lineID(line []byte) json.RawMessage {
	var v struct {
		ID json.RawMessage `json:"id"`
	}
	if !utf8.Valid(line) || json.Unmarshal(line, &v) != nil {
		return nil
	}
	return v.ID
}

// appendID begins an answer with the id as it was given, or null.
func appendID(dst []byte, id json.RawMessage) []byte {
	dst = append(dst, `{"id": `...)
	if len(id) == 0 {
		return append(dst, "null"...)
	}
	if bytes.IndexByte(id, '\r') < 0 {
		return append(dst, id...)
	}
	// Between the parts of an id a carriage return may stand, which some readers take for the end of the line.
	var b bytes.Buffer
	if json.Compact(&b, id) != nil {
		return append(dst, "null"...)
	}
	return append(dst, b.Bytes()...)
}

// appendFailure appends the answer to a line that cannot be served.
func appendFailure(dst []byte, id json.RawMessage, err error) []byte {
	dst = appendID(dst, id)
	dst = append(dst, `, "error": `...)
	text, jerr := marshal(err.Error())
	if jerr != nil {
		text = strconv.AppendQuoteToASCII(nil, "unprintable error")
	}
	return append(append(dst, text...), '}')
}

// marshal is json.Marshal without escapes for HTML, which would hide < and > from people.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
