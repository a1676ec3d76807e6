package config

import (
	"slices"
	"strings"
)

// whyUnused says why a setting has no effect; empty when nobody expects one.
func whyUnused(name string, known []string) string {
	switch name {
	case "task_default_priority", "task_ignore_result":
		return "has no effect, as in Celery for tasks that beat does not import; give the option to the rows or in task_annotations"
	case "task_time_limit", "task_soft_time_limit":
		return "" // the worker's own, in no message
	}
	if ofWorkers(name) {
		return ""
	}
	if near := Nearest(name, known); near != "" {
		return "is not known; did you mean " + near + "?"
	}
	return "is not known and has no effect"
}

// ofWorkers tells whether a setting of Celery only concerns workers, results or other programs, so that its presence
// in a shared settings file is no mistake.
func ofWorkers(name string) bool {
	for _, prefix := range []string{
		"worker_", "result_", "event_", "control_", "security_", "cache_", "cassandra_", "s3_", "azureblockblob_", "gcs_",
		"elasticsearch_", "couchbase_", "dynamodb_", "arangodb_", "mongodb_", "cosmosdbsql_", "redis_", "redbeat_", "s3",
		"email_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"accept_content", "imports", "include", "beat_sync_every", "beat_engine_options", "override_backends",
		"broker_read_url", "broker_pool_limit", "broker_heartbeat", "broker_heartbeat_checkrate",
		"broker_connection_retry", "broker_connection_retry_on_startup", "broker_connection_max_retries",
		"broker_channel_error_retry", "task_always_eager", "task_acks_late", "task_track_started",
		"task_acks_on_failure_or_timeout", "task_reject_on_worker_lost", "task_eager_propagates",
		"task_store_errors_even_if_ignored", "task_store_eager_result", "task_remote_tracebacks", "task_publish_retry",
		"task_publish_retry_policy", "task_default_rate_limit", "task_inherit_parent_priority",
		"database_engine_options", "database_short_lived_sessions", "database_table_schemas", "database_table_names",
		"database_create_tables_at_setup",
	}, name)
}

// Nearest returns the one of the known words that a misspelt one was probably meant to be; empty when none is near.
func Nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be added, removed or replaced to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
