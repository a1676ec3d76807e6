package brokertest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// Recordings returns what Celery sent over a transport, amqp or redis, one JSON text a case: the lines of
// testdata/recordings.jsonl.gz, or the files of the folders messages and messages/celery-5.2 of the folder that BEAT_GOLDEN
// names.
func Recordings(t testing.TB, transport string) []json.RawMessage {
	t.Helper()
	dir := os.Getenv("BEAT_GOLDEN")
	if dir == "" {
		return recordedLines(t, filepath.Join("testdata", "recordings.jsonl.gz"))
	}
	var out []json.RawMessage
	for _, folder := range []string{"messages", "messages/celery-5.2"} {
		files, err := filepath.Glob(filepath.Join(dir, folder, transport+"-*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("BEAT_GOLDEN has no %s/%s-*.json: %v", folder, transport, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
	}
	return out
}

func recordedLines(t testing.TB, path string) []json.RawMessage {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []json.RawMessage
	lines := bufio.NewReader(unzipped)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
}

// Members returns the members of a recorded object in order, as headers and properties of an envelope are.
func Members(t testing.TB, object []byte) []message.Header {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var out []message.Header
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		h := message.Header{Key: key.(string)}
		if err := d.Decode(&h.Value); err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	return out
}
