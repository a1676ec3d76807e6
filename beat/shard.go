package beat

import "hash/fnv"

// MostShards is over how many leaders the work can be spread.
const MostShards = 64

// mostVigils is for how many shards a process waits on locks that end with a connection: each takes one.
const mostVigils = 8

// ShardOf returns the shard of an entry when the work is spread over n: FNV-1a of its id, modulo n.
func ShardOf(id EntryID, n int) int {
	if n <= 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return int(h.Sum32() % uint32(n))
}
