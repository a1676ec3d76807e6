// Package failpoint marks the places at which fault tests harm a beat: one line of code each. Without the build tag
// "failpoint" every function is empty and is inlined away.
//
// With the tag, the environment variable BEAT_FAILPOINT says what happens where:
//
//	BEAT_FAILPOINT="claim.committed=crash@3;publish.before=stop;settle.before=pause:2s"
//
// that is, at the third time that the first point is reached, and at the first time of the others. Actions:
//
//	crash          the process kills itself with SIGKILL
//	stop           it stops itself with SIGSTOP; somebody else continues it
//	pause:DURATION only the goroutine waits
//	error          Pass returns an error although what it guards was done; Reach and Soon do nothing
//
// Before it acts, a line "failpoint NAME" goes to standard error.
//
// The points are the arrows of the protocol: claim.before, claim.sent (the statement is at the server),
// claim.committed; publish.before, publish.half, publish.sent, confirm.before; settle.before, settle.sent;
// takeover.epoch, takeover.fenced, recover.half; marker.before; drain.begin, drain.settled, drain.released.
package failpoint
