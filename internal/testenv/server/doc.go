// Package server starts PostgreSQL, MariaDB, Redis and RabbitMQ as child processes, for tests only.
//
// A Server owns a new data folder and its own ports on the loopback address, never the default ones, so it neither
// meets nor disturbs a server that the machine runs already. It may be stopped, killed, paused and started again on
// the same port and data; Close ends it and removes the folder.
//
// A server ends with the test binary even when that is killed, see package process. Readiness is read from what the
// server prints; nothing polls.
//
// The data is thrown away, so the defaults trade durability against power failure for speed. Killing the process
// loses nothing that PostgreSQL, MariaDB or RabbitMQ confirmed; Redis keeps nothing unless started with persistence.
package server
