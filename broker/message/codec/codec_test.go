package codec

import (
	"bytes"
	"compress/bzip2"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gobeat/gobeat/broker/message"
)

// python returns JSON text in Python's form.
func python(t testing.TB, text string) []byte {
	t.Helper()
	out, err := message.AppendPythonJSON(nil, []byte(text), message.Limits{Bytes: 1 << 20, Nodes: 1 << 17})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func seeds() []string {
	return []string{
		`[]`, `{}`, `null`, `[1, -1, 2.5, "x", {"a": [true, null]}]`, `[NaN, -Infinity, 1e16, 1e-7]`,
		`["\ud83d\ude00", "\ud800"]`,
		`{"yes": "no", "1:30": "012", "~": "null", "": " x", "é": "- a"}`, `["\u0085\u2028\ufeff\u0000\u007f"]`,
		`[18446744073709551615, -9223372036854775808, 18446744073709551616]`, `["a\nb", "a: b", "#", "'", "\"", "\\"]`,
	}
}

// value decodes a body. Numbers become text with their kind, so that they compare exactly.
func value(t *testing.T, v []byte) any {
	t.Helper()
	switch v[0] {
	case '[':
		out := []any{}
		for e := range message.Elements(v) {
			out = append(out, value(t, e))
		}
		return out
	case '{':
		out := map[string]any{}
		for key, e := range message.Members(v) {
			out[key] = value(t, e)
		}
		return out
	case '"':
		return message.Unquote(v)
	case 'n':
		return nil
	case 't', 'f':
		return v[0] == 't'
	}
	if isFloat(v) {
		f, _ := parseFloat(v)
		return numberText(f)
	}
	return numberText(json.Number(v))
}

// numberText returns a number as text that tells integers from floats, and -0.0 from 0.0.
func numberText(v any) string {
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("float %x", f)
	}
	return fmt.Sprintf("int %v", v)
}

func TestCompressors(t *testing.T) {
	t.Parallel()
	readers := map[string]func(io.Reader) (io.Reader, error){
		"application/x-bz2":    func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil },
		"application/x-lzma":   func(r io.Reader) (io.Reader, error) { return xz.NewReader(r) },
		"application/zstd":     func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"application/x-brotli": func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
	for _, c := range Compressors() {
		t.Run(c.Names[0], func(t *testing.T) {
			t.Parallel()
			var wg sync.WaitGroup
			for _, body := range []string{"x", "[[], {}]", strings.Repeat("all work and no play ", 10_000)} {
				wg.Go(func() {
					packed, err := c.Compress([]byte(body))
					if err != nil {
						t.Errorf("compress: %v", err)
						return
					}
					if len(body) > 1000 && len(packed) > len(body)/10 {
						t.Errorf("%d bytes became %d", len(body), len(packed))
					}
					r, err := readers[c.ContentType](bytes.NewReader(packed))
					if err != nil {
						t.Errorf("open: %v", err)
						return
					}
					if got, err := io.ReadAll(r); err != nil || string(got) != body {
						t.Errorf("got %d bytes back, %v, want %d", len(got), err, len(body))
					}
				})
			}
			wg.Wait()
		})
	}
}

// Some readers of Python need the length of what a frame holds.
func TestZstdSaysLength(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 300, 100_000, 10 << 20} {
		packed, err := newZstd()(bytes.Repeat([]byte("x"), n))
		if err != nil {
			t.Fatal(err)
		}
		var h zstd.Header
		if err := h.Decode(packed); err != nil || !h.HasFCS || h.FrameContentSize != uint64(n) {
			t.Errorf("got %+v, %v, want a frame with %d bytes", h, err, n)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	settings := message.Settings{Serializers: Serializers(), Compressors: Compressors()}
	for _, name := range []string{"json", "msgpack", "yaml", "application/x-msgpack", "application/x-yaml"} {
		settings.Serializer = name
		if _, err := message.NewBuilder(settings); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"gzip", "zlib", "bzip2", "bzip", "lzma", "xz", "zstd", "zstandard", "brotli"} {
		settings.Compression = name
		if _, err := message.NewBuilder(settings); err != nil {
			t.Error(err)
		}
	}
}
