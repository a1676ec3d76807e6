// Package demo holds what `beat demo` needs beside the scheduler: a Redis server inside the process, and a worker
// that takes Celery's messages from it and tells what it would execute. Both are for trying things out only; a real
// Celery worker may take the messages instead.
//
// The server listens on the loopback interface alone. Its ticker, and the worker, are goroutines that their owners
// end: Server.Close, and the context of Worker.Run.
package demo
