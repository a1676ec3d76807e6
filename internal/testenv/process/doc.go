// Package process runs child processes that must not outlive the test binary and whose output is watched line by line.
//
// Each Process has one goroutine that starts the child, hands on what it prints and waits for its end. That goroutine
// keeps its thread, because the kernel kills the child when the thread that started it dies: so a child outlives
// neither the test binary nor a kill -9 of it. A child and its descendants form a process group, which gets all signals.
package process
