// Package check judges a run: it compares what arrived with what was expected, and then what the program says of itself
// with both. It is pure, and knows nothing of the program but the headers of its messages. Its own test plants faults
// into histories and wants each found, and nothing else.
package check
