// Command conformance counts, for each store, what the tests of the contract say, from the output of "go test -json" on
// its standard input, and prints it as a table in Markdown. "make conformance" runs both.
package main

import (
	"fmt"
	"os"
)

func main() {
	m, err := read(os.Stdin)
	if err == nil {
		err = m.print(os.Stdout)
	}
	if err == nil {
		err = m.failures()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}
