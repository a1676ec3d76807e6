// Command testservers runs a command, usually "go test", with one server of each kind and the Python environments at
// its side:
//
//	testservers [-install PROGRAM] [-memory] COMMAND [ARGUMENT...]
//
// It starts PostgreSQL, MariaDB, Redis and RabbitMQ on ports of their own, tells the command where they are by
// environment variables (BEAT_TEST_POSTGRES_URL and so on), and ends with the command's exit code. A server whose
// variable is set already is not started. The servers and all temporary files of the command are gone afterwards,
// also after Ctrl-C and SIGTERM.
//
// With -memory, temporary files, among them the data of the servers, are kept in memory if there is much of it, which halves
// the time of tests that make many databases. Measurements are made without it.
//
// With -install, packages that are missing are given to that program first. What cannot be had is printed; the tests
// that need it then skip, or fail when BEAT_TEST_REQUIRE=1.
//
//	testservers -hold KIND
//
// starts one server, prints its variables and stops it when standard input ends. A test binary that runs alone uses it.
package main
