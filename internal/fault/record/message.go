package record

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// headers are those of Celery's protocol 2 and those by which beat tells a task its run.
type headers struct {
	ID           string `json:"id"`
	Task         string `json:"task"`
	Name         string `json:"periodic_task_name"`
	ScheduledFor string `json:"beat_scheduled_for"`
	Epoch        int64  `json:"beat_epoch"`
	Attempt      int    `json:"beat_attempt"`
}

// fill takes in what the headers and the body of a message say.
func fill(a *history.Arrival, h *headers, body []byte) error {
	a.ID, a.Task, a.Name, a.Epoch, a.Attempt = h.ID, h.Task, h.Name, h.Epoch, max(1, h.Attempt)
	if h.ScheduledFor != "" {
		at, err := time.Parse(time.RFC3339Nano, h.ScheduledFor)
		if err != nil {
			return fmt.Errorf("read planned instant of %s: %w", h.ID, err)
		}
		a.Instant = history.Micro(at)
	}
	sum := sha256.Sum256(body)
	a.Body = hex.EncodeToString(sum[:])
	var parts []json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil || len(parts) != 3 {
		return fmt.Errorf("body of %s is not of three parts: %.80q", h.ID, body)
	}
	a.Args = parts[0]
	return nil
}

// parseKombu reads a message as kombu puts it into a Redis list.
func parseKombu(text []byte, a *history.Arrival) error {
	var m struct {
		Body       string  `json:"body"`
		Headers    headers `json:"headers"`
		Properties struct {
			Tag string `json:"delivery_tag"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	body, err := base64.StdEncoding.DecodeString(m.Body)
	if err != nil {
		return fmt.Errorf("read body of %s: %w", m.Headers.ID, err)
	}
	a.Tag = m.Properties.Tag
	return fill(a, &m.Headers, body)
}
