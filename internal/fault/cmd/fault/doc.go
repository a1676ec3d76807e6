// Command fault runs the fault tests and prints a table: test, figure, bar.
//
//	fault [-tests P1,P3] [-stores redis,sqlite] [-seed 7] [-short] [-out DIR] [-docs docs/reliability.md]
//
// It builds beat with the fail points and starts servers of its own. Each figure is also written as a line of JSON to
// DIR/figures.jsonl, beside a folder for each run with all of its history. With -docs, the tables between the markers of
// that file are replaced. Exit code 1: a bar was missed, or a test could not be run.
//
// "fault tables DOCUMENT FIGURES..." writes the tables of a document from the figures of several runs.
//
// "fault record FILE QUEUE..." is the recorder, which runs as a process of its own; FAULT_BROKER names the broker.
package main
