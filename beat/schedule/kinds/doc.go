// Package kinds knows every kind of schedule: it turns a schedule.Spec into the Schedule that its Kind names. To add
// a kind, write its type beside the others (or in a package of its own when it needs a library), a constant in
// schedule.go, its fields in schedule.Spec with their part in AppendKey, and a case in Compiler.compile.
//
// A [Compiler] loads each time zone once and gives equal specs the same Schedule, so that a million rows with a few
// hundred distinct schedules hold a few hundred. Nothing is kept outside of it.
package kinds
