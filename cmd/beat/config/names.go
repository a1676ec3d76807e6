package config

import "strings"

// olderNames returns the names that a setting had before Celery 4, for files and variables that still have them.
func olderNames(name string) []string {
	switch name {
	case "task_compression":
		return []string{"CELERY_MESSAGE_COMPRESSION"}
	case "task_send_sent_event":
		return []string{"CELERY_SEND_TASK_SENT_EVENT"}
	case "task_protocol", "task_serializer": // have kept theirs
		return nil
	case "result_expires":
		return []string{"CELERY_TASK_RESULT_EXPIRES"}
	case "enable_utc":
		return []string{"ENABLE_UTC"}
	}
	group, rest, _ := strings.Cut(strings.ToUpper(name), "_")
	switch group {
	case "BEAT":
		return []string{"CELERYBEAT_" + rest}
	case "BROKER":
		return []string{"BROKER_" + rest}
	case "TASK":
		return []string{"CELERY_" + rest}
	}
	return nil
}

// Canonical returns the name of a setting that may be given as in Django's settings (CELERY_TIMEZONE), as before
// Celery 4 (CELERYBEAT_SCHEDULE) or as on Celery's command line (beat.max_loop_interval, .timezone).
func Canonical(name string) string {
	name = strings.ReplaceAll(name, ".", "_")
	name = strings.TrimPrefix(name, "_") // Celery's short form for celery_
	lower := strings.ToLower(name)
	c := Default()
	older := lower
	for _, f := range c.fields() {
		if lower == f.name || lower == "celery_"+f.name {
			return f.name
		}
		if f.isCalled(lower) {
			older = f.name
		}
	}
	if older != lower || lower == name {
		return older
	}
	for old, now := range map[string]string{"celeryd_": "worker_", "celerybeat_": "beat_", "celery_": ""} {
		if rest, ok := strings.CutPrefix(lower, old); ok {
			return now + rest
		}
	}
	return lower
}

// isCalled tells whether a name in lower case is what celery beat's own option or an old Celery calls the setting.
func (f *field) isCalled(lower string) bool {
	for _, old := range olderNames(f.name) {
		if lower == strings.ToLower(old) {
			return true
		}
	}
	switch f.name { // Celery takes defaults of the options of a daemon from settings such as beat_pidfile
	case "logfile", "pidfile", "uid", "gid", "umask", "executable":
		return lower == "beat_"+f.name
	}
	return false
}
