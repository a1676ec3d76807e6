// Package migrations creates and updates gobeat's tables: numbered SQL files, one folder for each dialect, embedded
// and run by goose, forward and back.
//
// In the files, ${prefix} stands for the prefix of all names. It is replaced when a file is read, so one database may
// hold several sets of tables; each has its own version table, <prefix>beat_schema_version.
//
// What stands between the lines "-- rows begin" and "-- rows end" is about the tables that people edit. It is left out
// where these are another scheduler's, and only the state is ours; what stands between "-- beside begin" and
// "-- beside end" is only made there.
//
// Programs that start together do not disturb each other. PostgreSQL and MySQL run migrations under a lock of the
// session. SQLite has none: there each file is one transaction together with its version, so of two programs one is
// refused; it looks again and finds the work done.
package migrations
