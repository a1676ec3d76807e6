package message

import "slices"

// protocolHeader tells whether a header belongs to the task protocol, so that a row may not choose it.
func protocolHeader(name string) bool {
	switch name {
	case "lang", "task", "id", "shadow", "eta", "expires", "group", "group_index", "retries", "timelimit",
		"root_id", "parent_id", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting",
		"stamped_headers", "stamps", "compression":
		return true
	}
	return false
}

// runHeader tells whether a header says which run a message is, so that a row may not choose it either. The header
// periodic_task_name is not among them: rows of other schedulers carry it, and that of the run replaces it.
func runHeader(name string) bool {
	switch name {
	case "beat_schedule_id", "beat_scheduled_for", "beat_epoch", "beat_attempt":
		return true
	}
	return false
}

// setHeader sets a header as a Python dict does: a key that is there keeps its place.
func setHeader(list []Header, h Header) []Header {
	for i := range list {
		if list[i].Key == h.Key {
			list[i].Value = h.Value
			return list
		}
	}
	return append(list, h)
}

func withoutHeader(list []Header, key string) []Header {
	return slices.DeleteFunc(list, func(h Header) bool { return h.Key == key })
}

// userHeaders adds the headers of the row, those that every message has, then those of the stamp.
func (b *Builder) userHeaders(d *draft, o *Options, stamp []Header) error {
	if !absent(o.Headers) {
		object, err := object(o.Headers, b.settings.Limits)
		if err != nil {
			return fieldError("headers", err)
		}
		for key, value := range Members(object) {
			if !b.settings.HeadersOverride && (protocolHeader(key) || runHeader(key)) {
				return &OptionError{
					Field: "headers", Value: key, Problem: "is set by beat itself and cannot be set by a row",
				}
			}
			d.headers = setHeader(d.headers, Header{Key: key, Value: value})
		}
	}
	for _, h := range b.settings.Headers {
		if !slices.ContainsFunc(d.headers, func(there Header) bool { return there.Key == h.Key }) {
			d.headers = append(d.headers, h)
		}
	}
	for _, h := range stamp {
		start := len(d.buf)
		var err error
		if d.buf, err = AppendPythonJSON(d.buf, h.Value, Limits{}); err != nil {
			return fieldError(h.Key, err)
		}
		d.headers = setHeader(d.headers, Header{Key: h.Key, Value: d.since(start)})
	}
	return nil
}
