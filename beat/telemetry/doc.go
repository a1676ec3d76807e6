// Package telemetry turns what a beat does into metrics for Prometheus. There is no label by schedule: with a million
// of them a scrape would be larger than the work. What became of a single schedule is in the store; see beat why.
package telemetry
