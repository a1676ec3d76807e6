// Package redisdial makes the connections to Redis: to the first of several servers that answers, or to the master that
// sentinels name. What sends to Redis and what keeps entries there share it.
package redisdial
