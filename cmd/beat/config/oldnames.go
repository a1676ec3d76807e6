package config

import "strings"

// oldName returns the name that a setting had before Celery 4, in capitals, as settings of Django projects and variables
// still have it; empty for one that was not there, or was named as today with CELERY_ before it.
func oldName(name string) string {
	switch name {
	case "task_compression":
		return "CELERY_MESSAGE_COMPRESSION"
	case "task_send_sent_event":
		return "CELERY_SEND_TASK_SENT_EVENT"
	}
	if rest, ok := strings.CutPrefix(name, "task_"); ok {
		return "CELERY_" + strings.ToUpper(rest)
	}
	if rest, ok := strings.CutPrefix(name, "beat_"); ok {
		return "CELERYBEAT_" + strings.ToUpper(rest)
	}
	if strings.HasPrefix(name, "broker_") {
		return strings.ToUpper(name)
	}
	return ""
}

// today returns the name of a setting that a file gives in capitals, with CELERY_ before it or under its old name; any
// other name stays as it is.
func today(name string, fields []field) string {
	if name != strings.ToUpper(name) {
		return name
	}
	for _, f := range fields {
		if name == "CELERY_"+strings.ToUpper(f.name) || name == strings.ToUpper(f.name) || name == oldName(f.name) {
			return f.name
		}
	}
	return strings.ToLower(strings.TrimPrefix(name, "CELERY_"))
}
