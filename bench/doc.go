// Command bench measures a real beat process from outside: how soon an edited row counts, how far behind the instant
// the last of a thousand messages arrives, and how much memory a hundred thousand rows take. Run it by "make measure",
// which starts the servers it needs; it prints a table.
package main
