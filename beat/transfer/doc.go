// Package transfer writes the tasks of a store into a file and reads them back, into the same store or another one.
//
// A file is a stream of documents, in YAML or JSON, so that it may be larger than memory: one that says the version, then one
// for each task with its schedules and how far each has run. Fields have the names of the columns; what is JSON itself (args,
// kwargs, headers, options) stands as text, so that it comes back byte for byte.
package transfer
