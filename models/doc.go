// Package models holds the rows of gobeat's own tables as GORM models, and turns them into values of package beat and
// back. It makes no queries.
//
// PeriodicTask and TaskSchedule are what people edit: one task has one or more schedules, and each pair of them is one
// beat.Entry. The other types are rows of the state tables, which only stores write.
//
// The tables are made by package migrations, not by GORM: constraints, defaults and the triggers that keep modified_at
// and the log of changes are there. A program may use the models with any GORM connection; the prefix of the table
// names is the TablePrefix of its NamingStrategy.
//
// Reading is forgiving where a database is: NULL and the empty text are the same, and a time that cannot be read
// (SQLite keeps times as text) makes one bad entry, never an error of the query.
package models
