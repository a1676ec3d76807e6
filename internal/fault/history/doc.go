// Package history is what the parts of a fault test tell each other: files of JSON lines, so that a run can be judged
// again and read by people. Instants are Unix microseconds in UTC.
package history
