// Package robfig makes schedules of what github.com/robfig/cron/v3 knows: any of its expressions, for rows of the
// kind cron, and any value of its Schedule interface, for Go programs that have one.
//
// The grammar is robfig's, by its own parser: "5/15" is 5-59/15, "?" is "*", ranges do not wrap, and with both day
// fields restricted one match is enough. Six fields have the second in front. The search is ours, because robfig's
// gives up after five years (29 February on a Monday is up to 40 years away) and, around the day that Samoa skipped
// in 2011, never returns. So clock changes follow the rule told in package schedule for all kinds alike: robfig
// itself drops runs in a gap and doubles all runs of a repeated hour.
//
// "@every 90s" counts from the instant given, rounded down to a second, as robfig does; durations under a second
// become one second. Its zero and negative durations are refused here.
package robfig
