package schedule

import (
	"hash/fnv"

	"pgregory.net/rapid"
)

// Uniform draws from lo to hi evenly, for times: rapid's own ranges prefer values near an end.
func Uniform(t *rapid.T, label string, lo, hi int64) int64 {
	h := fnv.New64a()
	_, _ = h.Write(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, label))
	return lo + int64(h.Sum64()>>1%uint64(hi-lo+1))
}
