package cli_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
	"github.com/gobeat/gobeat/cmd/beat/cli"
)

// TestGoldenNextStdin asks one running `beat next --stdin` all that Celery was asked, each line when the answer to the
// one before has come.
func TestGoldenNextStdin(t *testing.T) {
	t.Parallel()
	questions, in := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan int, 1)
	go func() {
		app := &cli.App{In: questions, Out: answers, Err: io.Discard, LookupEnv: newShell(t).lookup}
		done <- app.Execute(t.Context(), []string{"next", "--stdin"})
		_ = answers.Close()
	}()
	lines := bufio.NewReader(out)
	scheduletest.Run(t, "../../../beat/schedule/testdata", func(q scheduletest.Question) ([]time.Time, error) {
		if err := json.NewEncoder(in).Encode(q); err != nil {
			t.Fatal(err)
		}
		text, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Next  []time.Time
			Error string
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("answer %q: %v", text, err)
		}
		if answer.Error != "" {
			return nil, errors.New(answer.Error)
		}
		return answer.Next, nil
	})
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
}
