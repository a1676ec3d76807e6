package django

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/beat/store/foreign"
)

// OpenPatient opens a store each of whose polls takes as long as it needs, on however slow a machine.
func OpenPatient(ctx context.Context, c Config) (*Store, error) {
	f := c.foreign()
	f.MostWork = time.Hour
	s, err := foreign.Open(ctx, f)
	return &Store{s}, err
}
