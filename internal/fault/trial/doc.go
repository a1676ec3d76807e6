// Package trial holds the fault tests themselves, under the ids of their catalogue: P for processes, D for the
// database, R for the broker, C for clocks, W for rows, T for throughput. Each has a short form of at most half a minute
// and a full one. A test only measures; what it measures is compared with its bar in the Figure it reports.
package trial
