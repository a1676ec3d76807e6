package record

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

const (
	mostAtOnce = 500                    // messages between two syncs
	pause      = 100 * time.Millisecond // before a broker that went away is looked for again
)

// errOurs marks errors that do not come from the broker.
var errOurs = errors.New("the recorder cannot go on")

// Recorder writes arrivals to a file. Its methods are safe for concurrent use.
type Recorder struct {
	began time.Time

	mu   sync.Mutex
	file *os.File
	out  *bufio.Writer
}

// Create starts a new file.
func Create(path string) (*Recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return &Recorder{began: time.Now(), file: f, out: bufio.NewWriter(f)}, nil
}

// Close closes the file.
func (r *Recorder) Close() error { return r.file.Close() }

// Run records until ctx ends, and then what is left in the queues. It calls ready once all of them are consumed. A
// broker that goes away is waited for.
func (r *Recorder) Run(ctx context.Context, url string, queues []string, ready func()) error {
	if strings.HasPrefix(url, "redis") {
		return r.redis(ctx, url, queues, ready)
	}
	return r.rabbit(ctx, url, queues, ready)
}

// stamp sets when a message arrived.
func (r *Recorder) stamp(a *history.Arrival) {
	now := time.Now()
	a.At, a.Mono = history.Micro(now), int64(now.Sub(r.began))
}

// write puts arrivals on the disk.
func (r *Recorder) write(all []history.Arrival) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range all {
		if err := json.NewEncoder(r.out).Encode(&all[i]); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if err := r.file.Sync(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// rest waits for the pause, or until ctx ends.
func rest(ctx context.Context) {
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
}
