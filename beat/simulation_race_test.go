//go:build race

package beat_test

// simSeeds is how many seeds TestSimulation runs; the race detector makes each ten times as slow.
const simSeeds = 1_000
