package shadow

import "time"

// Kind says how a run of the other scheduler relates to what gobeat would have done.
type Kind string

// What can be found.
const (
	Agreed Kind = "agreed" // the other ran it within the tolerance behind the instant
	Late   Kind = "late"   // it ran it, but later
	Extra  Kind = "extra"  // it ran it where gobeat has no run
	Silent Kind = "silent" // gobeat would have run it, and the other had not after the grace
)

// Finding is one comparison. Instants are UTC.
type Finding struct {
	Kind    Kind
	Name    string    // of the entry
	Due     time.Time // when gobeat would have run it; zero: it would not
	Ran     time.Time // when the other did; zero: it did not
	Implied int64     // earlier runs that were due since its run before, and of which nothing is written
}
