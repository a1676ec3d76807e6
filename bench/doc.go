// Command bench measures beat as a whole, on real servers and from outside: when messages arrive at the broker, and what
// the operating system says of processor and memory. In the same run it measures other schedulers of Celery, from their own
// packages, and what servers can do at most.
package main
