package schedule

import "math/bits"

// bitset is a set of the numbers 0 to 63: the values that one field of a crontab allows.
type bitset uint64

func (b bitset) has(i int) bool { return b>>uint(i)&1 == 1 }

func (b bitset) with(i int) bitset { return b | 1<<uint(i) }

// from returns the smallest member that is at least i.
func (b bitset) from(i int) (int, bool) {
	rest := b >> uint(i)
	return i + bits.TrailingZeros64(uint64(rest)), rest != 0
}

// upTo returns the largest member that is at most i, which must be in -1..63.
func (b bitset) upTo(i int) (int, bool) {
	rest := b & (1<<uint(i+1) - 1)
	return 63 - bits.LeadingZeros64(uint64(rest)), rest != 0
}

// first returns the smallest member; the set must not be empty.
func (b bitset) first() int { return bits.TrailingZeros64(uint64(b)) }

// last returns the largest member; the set must not be empty.
func (b bitset) last() int { return 63 - bits.LeadingZeros64(uint64(b)) }

func (b bitset) count() int { return bits.OnesCount64(uint64(b)) }

// below counts the members smaller than i.
func (b bitset) below(i int) int { return (b & (1<<uint(i) - 1)).count() }

// numbers returns the set of lo to hi, both included.
func numbers(lo, hi int) bitset { return (1<<uint(hi-lo+1) - 1) << uint(lo) }
