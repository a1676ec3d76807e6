package scheduletest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
)

// Rows returns the cases of a recording by their names. The recording, which may be gzipped, is in the folder, or, when
// BEAT_GOLDEN is set, in the sub-folder schedules of that.
func Rows[T any](t *testing.T, folder, name string) iter.Seq2[string, *T] {
	t.Helper()
	if set := os.Getenv("BEAT_GOLDEN"); set != "" {
		folder = filepath.Join(set, "schedules")
	}
	return func(yield func(string, *T) bool) {
		f, r := open(t, filepath.Join(folder, name+".jsonl"))
		defer f.Close()
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		n := 0
		for ; lines.Scan(); n++ {
			var named struct {
				ID string `json:"id"`
			}
			row := new(T)
			if err := errors.Join(json.Unmarshal(lines.Bytes(), &named), json.Unmarshal(lines.Bytes(), row)); err != nil {
				t.Fatalf("%s line %d: %v", name, n+1, err)
			}
			if !yield(named.ID, row) {
				return
			}
		}
		if err := lines.Err(); err != nil || n == 0 {
			t.Fatalf("%s: %d lines, %v", name, n, err)
		}
	}
}

func open(t *testing.T, path string) (io.Closer, io.Reader) {
	t.Helper()
	f, err := os.Open(path)
	if err == nil {
		return f, f
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if f, err = os.Open(path + ".gz"); err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return f, r
}
