package beat

import (
	"time"

	"github.com/google/uuid"
)

// Lease is the right to claim runs of one shard until it expires or another beat takes it over.
type Lease struct {
	Shard   int
	Epoch   int64     // rises by at least one with every holder, never repeats
	Holder  uuid.UUID // made anew by every process
	Expires time.Time // by the store's clock
	Locked  bool      // its holder has the lock of the shard; see Vigil
}

// Holder describes who asks for a lease.
type Holder struct {
	ID   uuid.UUID
	Name string // host and process, for people

	Locked bool // it has the lock of the shard; see Vigil
}

// LeaseState is the lease as anybody may see it.
type LeaseState struct {
	Lease
	Name      string // of the holder
	GrantedAt time.Time
	Held      bool // not expired and not released
}
