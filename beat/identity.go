package beat

import (
	"crypto/sha1" //nolint:gosec // that is what version 5 is made with
	"time"

	"github.com/google/uuid"
)

// Identity makes the ids of runs. The same run has the same id whoever publishes it and however often, so that
// consumers can tell a repeat; see docs/reliability.md. It is safe for concurrent use.
type Identity struct {
	space  uuid.UUID
	source string
}

// NewIdentity returns the identity of a deployment over a store with the given Features.Source.
func NewIdentity(deployment, source string) Identity {
	return Identity{
		space:  uuid.NewSHA1(uuid.NameSpaceURL, []byte("celery-beat:"+deployment)),
		source: source,
	}
}

// Of returns the id of one run: a UUIDv5 of deployment, schedule and planned instant, which any language can compute.
func (i Identity) Of(r Run) uuid.UUID {
	name := make([]byte, 0, 128)
	name = append(name, i.space[:]...)
	name = append(name, "v1|"...)
	name = append(name, i.source...)
	name = append(name, ':')
	name = append(name, r.ID...)
	name = append(name, '|')
	name = r.Instant.UTC().AppendFormat(name, instantLayout)
	// As uuid.NewSHA1, which allocates a hash for each id.
	hash := sha1.Sum(name)
	id := uuid.UUID(hash[:16])
	id[6] = id[6]&0x0f | 5<<4 // version
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}

// instantLayout is RFC 3339 in UTC with exactly six fractional digits.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// FormatInstant returns the planned instant of a run as it stands in ids and headers: UTC, microseconds, "Z".
func FormatInstant(t time.Time) string { return t.UTC().Format(instantLayout) }
