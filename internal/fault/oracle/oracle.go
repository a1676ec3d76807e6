package oracle

import (
	"bytes"
	"context"
	_ "embed" // for the script
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

//go:embed python/oracle.py
var script string

// Expected asks Celery's classes for the instants of rows.jsonl in a folder, and keeps the answer in expected.jsonl.
func Expected(ctx context.Context, python, dir string, from, to time.Time) ([]history.Expected, error) {
	rows, err := os.Open(filepath.Join(dir, "rows.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("ask the oracle: %w", err)
	}
	defer rows.Close()
	path := filepath.Join(dir, "expected.jsonl")
	answer, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("ask the oracle: %w", err)
	}
	defer answer.Close()
	var complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, python, "-c", script,
		strconv.FormatInt(history.Micro(from), 10), strconv.FormatInt(history.Micro(to), 10))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = rows, answer, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ask the oracle: %w\n%s", err, complaint.String())
	}
	return history.Read[history.Expected](path)
}
