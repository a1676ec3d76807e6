package beat

// Features says what a store can do, and so what the program may promise.
type Features struct {
	Name     string // for people, such as "postgresql 15.18"
	Source   string // first part of the identity of its entries, such as "db:task_schedule"
	MaxBatch int    // most decisions in one claim
	Hints    bool   // Changes.Hints works
	Clock    bool   // Now works
	History  bool   // runs are kept
	Durable  bool   // what was claimed survives the death of the process
	Shared   bool   // several processes may use it at once
	Locks    bool   // it is a Vigil
	Owners   bool   // the owners of entries are kept
	Unmarked bool   // tasks of lists may be there whose owner was not noted, since another scheduler wrote them
	Inherits bool   // somebody ran the entries before the first leader: what they left undone since is made up

	// Optional ports. A store may have their methods and still not offer them, because it is built on one that does.
	Agenda    bool // it is an Agenda
	Ledger    bool // it is a Ledger
	Inventory bool // it is an Inventory
	Upserts   bool // it is an Upserter
	Extends   bool // it is an Extender
	Ranges    bool // it is a Ranger
}

// Limits says in a sentence each what follows from what the store cannot do and the scheduler can use, for people who
// start it. It is empty for a store that can do everything.
func (f *Features) Limits() []string {
	var limits []string
	for _, l := range []struct {
		can  bool
		what string
	}{
		{f.Hints, "a changed row counts from the next poll on, not at once"},
		{f.Clock, "leases are judged by the clocks of the processes, which must agree"},
		{f.History, "no runs are kept: why and history cannot tell what happened"},
		{f.Durable, "what was claimed may be lost with the store's process: runs may then be sent twice or not at all"},
		{f.Shared, "only one process can use it: there is no standby"},
		{f.Locks, "the death of a leader is noticed when its lease ends, not sooner"},
		{f.Owners, "nobody owns rows: plan and apply cannot tell theirs from those of others"},
	} {
		if !l.can {
			limits = append(limits, l.what)
		}
	}
	return limits
}
