package message

import (
	"encoding/json"
	"strconv"
)

// v2 writes headers and body of task protocol 2. All headers are always there, in Celery's order.
func (b *Builder) v2(d *draft, t *Task, x *Extra, id string, when moments) {
	// The arguments stand at the start of the buffer already; the body ends with what is called embed.
	d.buf = append(d.buf, `, {"callbacks": `...)
	d.raw(x.Link)
	d.buf = append(d.buf, `, "errbacks": `...)
	d.raw(x.LinkError)
	d.buf = append(d.buf, `, "chain": `...)
	d.raw(x.Chain)
	d.buf = append(d.buf, `, "chord": `...)
	d.raw(x.Chord)
	d.buf = append(d.buf, "}]"...)
	d.body = d.since(0)

	f := &b.fixed
	d.header("lang", f.python)
	d.header("task", d.quoted(t.Name))
	quotedID := d.quoted(id)
	d.header("id", quotedID)
	d.header("shadow", d.optional(x.Shadow, f.null))
	d.header("eta", d.optional(when.eta, f.null))
	d.header("expires", d.optional(when.expires, f.null))
	d.header("group", d.optional(x.GroupID, f.null))
	d.header("group_index", d.index(x.GroupIndex, f.null))
	d.header("retries", d.count(x.Retries, f.zero))
	d.header("timelimit", d.limits(x, f.noLimits))
	d.header("root_id", d.optional(x.RootID, quotedID))
	d.header("parent_id", d.optional(x.ParentID, f.null))
	d.represent(x, reprLength)
	d.header("argsrepr", d.argsrepr)
	d.header("kwargsrepr", d.kwargsrepr)
	d.header("origin", b.origin)
	d.header("ignore_result", choose(x.IgnoreResult != nil && *x.IgnoreResult, f.yes, f.no))
	d.header("replaced_task_nesting", d.count(x.Nesting, f.zero))
	d.header("stamped_headers", orElse(x.StampedHeaders, f.null))
	d.header("stamps", orElse(x.Stamps, f.noStamps))
}

func (d *draft) header(key string, value json.RawMessage) {
	d.headers = append(d.headers, Header{Key: key, Value: value})
}

// raw writes JSON text, or null if there is none.
func (d *draft) raw(text json.RawMessage) {
	if text == nil {
		text = json.RawMessage("null")
	}
	d.buf = append(d.buf, text...)
}

func (d *draft) quoted(s string) json.RawMessage {
	start := len(d.buf)
	d.buf = appendQuoted(d.buf, s)
	return d.since(start)
}

func (d *draft) optional(s string, none json.RawMessage) json.RawMessage {
	if s == "" {
		return none
	}
	return d.quoted(s)
}

func (d *draft) count(n int, zero json.RawMessage) json.RawMessage {
	if n == 0 {
		return zero
	}
	start := len(d.buf)
	d.buf = strconv.AppendInt(d.buf, int64(n), 10)
	return d.since(start)
}

func (d *draft) index(n *int, none json.RawMessage) json.RawMessage {
	if n == nil {
		return none
	}
	start := len(d.buf)
	d.buf = strconv.AppendInt(d.buf, int64(*n), 10)
	return d.since(start)
}

// limits writes the pair of time limits, the hard one first.
func (d *draft) limits(x *Extra, none json.RawMessage) json.RawMessage {
	if x.TimeLimit == "" && x.SoftTimeLimit == "" {
		return none
	}
	start := len(d.buf)
	d.buf = append(d.buf, '[')
	d.buf = append(d.buf, firstOf(string(x.TimeLimit), "null")...)
	d.buf = append(d.buf, ", "...)
	d.buf = append(d.buf, firstOf(string(x.SoftTimeLimit), "null")...)
	d.buf = append(d.buf, ']')
	return d.since(start)
}

// represent writes the arguments for people, each up to that many code points. Without arguments it shows a tuple,
// because beat passes them on as they were given, and a list otherwise.
func (d *draft) represent(x *Extra, length int) {
	switch {
	case x.Argsrepr != "":
		d.argsrepr = d.quoted(x.Argsrepr)
	case len(d.args) == len("[]"):
		d.argsrepr = d.quoted("()")
	default:
		d.argsrepr = d.repr(d.args, length)
	}
	if x.Kwargsrepr != "" {
		d.kwargsrepr = d.quoted(x.Kwargsrepr)
		return
	}
	d.kwargsrepr = d.repr(d.kwargs, length)
}

func (d *draft) repr(value []byte, length int) json.RawMessage {
	// The buffer also holds the text before it is quoted, which is cheaper than another one.
	start := len(d.buf)
	d.buf = appendRepr(d.buf, value, length)
	quoted := len(d.buf)
	d.buf = appendQuoted(d.buf, d.since(start))
	return d.since(quoted)
}

func choose[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}

func orElse(text, none json.RawMessage) json.RawMessage {
	if text == nil {
		return none
	}
	return text
}
