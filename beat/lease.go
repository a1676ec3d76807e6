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

	Renewals int64 // confirmed ones; the store knows at least as many unless it has lost commits
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

// Member is a beat as others over the same rows see it.
type Member struct {
	Holder uuid.UUID
	Name   string    // of the holder
	Shards int       // over how many the work is spread, as it was told
	Held   int       // of how many it has the lease
	Broker bool      // it reaches the broker
	Ceded  time.Time // when it last gave up a lease because it did not, UTC, by its own clock; zero: never
	Until  time.Time // when it ceases to count unless it musters again, by the store's clock; set by the store
}
