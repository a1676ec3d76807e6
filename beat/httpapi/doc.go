// Package httpapi serves what machines ask of a running beat: whether it is well, whether it is ready, and metrics.
//
//	GET /healthz  200 while due work is sent in time, else 503 with the reason; for liveness probes
//	GET /readyz   200 while the process leads or could take over, else 503; for readiness probes
//	GET /metrics  Prometheus metrics
//
// Neither changes anything, and neither shows names of tasks or arguments.
package httpapi
