//go:build !race

package beat_test

// simSeeds is how many seeds TestSimulation runs.
const simSeeds = 5_000
