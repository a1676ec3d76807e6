// Package brokertest is the suite that every publisher passes. A driver's test makes a Harness for a fresh, empty
// broker and calls Run; what the broker cannot do is said in Features, never by leaving out a test.
package brokertest
