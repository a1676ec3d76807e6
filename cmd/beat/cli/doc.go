// Package cli is the command line: one file per command, and the only place that knows every store and broker.
//
// An App carries what commands share: streams, the settings given on the command line, and ways to open store and
// broker. A command is a struct with its flags, with Validate and Run, made by a constructor that takes the App;
// root.go registers it. Nothing here is global, so tests run whole commands side by side.
//
// Errors end up in one place, App.Execute, which prints them in one line and turns them into an exit code: 1 when
// something failed, 2 when the command line or the settings are wrong, 73 when the pidfile is held.
package cli
