// Package message makes Celery's task messages: what a worker, Flower or a packet trace sees when celery beat sends
// a task. It is pure. It knows no clock, no broker and no random numbers; identity and time come in with the Stamp.
//
// A Task is what a row asks for. A Builder, made once of the Settings of the program, turns it into an Envelope:
//
//	Task.Args, Kwargs ──Python JSON──▶ body, argsrepr, kwargsrepr
//	Task.Options      ──routes───────▶ effective options ──▶ headers, properties
//	                  ──queue table──▶ exchange, routing key, queue to declare
//
// Prepare does the first of these steps once for all messages of a task.
//
// Options come from three places, the later wins: the route, what the code of an app gives its task
// (Settings.TaskDefaults), the row.
//
// An Envelope is independent of the transport. AMQP sends its fields one by one; Redis sends KombuEnvelope. With
// Settings.SendSentEvent it brings the event that tells monitors of the task, an Envelope of its own.
//
// Built in are JSON, gzip and zlib, as the standard library has them; package codec has the rest.
//
// # Python's JSON
//
// JSON text out of a database is never turned into Go maps. It is rewritten in one pass into the very text that
// Python's json.dumps makes of it (separators, escapes, floats, order of keys), with limits on its size, depth and
// number of values. The rewritten text is then read by everything else here, so that it need not check anything.
//
// # Trust
//
// Who can write a row may choose its task, not forge the protocol. Names of protocol headers and of those that say
// which run it is are refused in a row's headers, and so is a task id of its own, unless Settings.HeadersOverride asks
// for Celery's behaviour. A content type cannot be chosen freely.
package message
