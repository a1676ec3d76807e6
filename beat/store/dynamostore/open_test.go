package dynamostore_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, want string }{
		"no URL":       {"", "dynamodb://"},
		"another kind": {"amqp://guest:hunter2@localhost//", "dynamodb://"},
		"odd region":   {"dynamodb://id:hunter2@EU_1/t", `"EU_1"`},
		"odd table":    {"dynamodb://id:hunter2@eu-central-1/a$b", `"a$b"`},
		"half a key":   {"dynamodb://:hunter2@eu-central-1/table", "go together"},
		"odd option":   {"dynamodb://id:hunter2@eu-central-1/table?tls=no", `"tls"`},
		"odd sweep":    {"dynamodb://id:hunter2@eu-central-1/table?sweep=often", `"often"`},
		"odd endpoint": {"dynamodb://id:hunter2@eu-central-1/table?endpoint=localhost:8000", "endpoint"},
		"odd password": {"dynamodb://id:hunter2%@eu-central-1/table", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dynamostore.Open(t.Context(), dynamostore.Config{URL: c.url})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Open = %v, want an error with %q and no secret", err, c.want)
			}
		})
	}
}

func TestPrepareChecks(t *testing.T) {
	t.Parallel()
	s, err := dynamostore.Open(t.Context(), dynamostore.Config{URL: testenv.DynamoDB(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Prepare(t.Context(), beat.PrepareCheck)
	if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), "create-table") {
		t.Errorf("Prepare = %v, want ErrMigrate and the command", err)
	}
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(t.Context(), beat.PrepareCheck); err != nil {
		t.Errorf("Prepare with everything there: %v", err)
	}
}

func TestATaskThatIsTooLarge(t *testing.T) {
	t.Parallel()
	s := open(t, dynamostore.Config{URL: testenv.DynamoDB(t)})
	var refused *beat.EntryError
	_, err := s.Add(t.Context(), beat.Entry{
		Name: "large", Task: "proj.add", Kwargs: json.RawMessage(`{"text": "` + strings.Repeat("x", 400<<10) + `"}`),
	})
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "too large") {
		t.Errorf("Add = %v, want an EntryError", err)
	}
}

// TestGetMany asks for more tasks than one request of DynamoDB can name.
func TestGetMany(t *testing.T) {
	t.Parallel()
	s := open(t, dynamostore.Config{URL: testenv.DynamoDB(t)})
	const size = 120
	v, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range size {
		if _, err := s.Add(t.Context(), beat.Entry{Name: strings.Repeat("x", i+1), Task: "proj.add"}); err != nil {
			t.Fatal(err)
		}
	}
	changed, _, _, err := s.Since(t.Context(), v)
	if err != nil || len(changed) != size {
		t.Errorf("Since = %d changed, %v, want %d", len(changed), err, size)
	}
}
