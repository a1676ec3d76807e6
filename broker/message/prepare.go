package message

import (
	"bytes"
	"slices"
)

// Prepare does once what is the same in each message of a task: it checks the arguments and brings them into Python's
// form, in one piece of memory as long as they are, so that Build copies them. What the task returned holds of its own is
// that piece; nothing is kept of arguments that are absent or empty. The error is the one that Build would return.
func (b *Builder) Prepare(t Task) (Task, error) {
	if t.ready {
		return t, nil
	}
	d := draft{buf: make([]byte, 0, 2*(len(t.Args)+len(t.Kwargs))+16)}
	if err := d.arguments(&t, b.settings.Limits); err != nil {
		return Task{}, err
	}
	var args, kwargs []byte
	if len(d.args) > len("[]") {
		args = d.args
	}
	if len(d.kwargs) > len("{}") {
		kwargs = d.kwargs
	}
	text := bytes.Join([][]byte{args, kwargs}, nil)
	t.Args, t.Kwargs = text[:len(args):len(args)], text[len(args):]
	t.ready = true
	return t, nil
}

// Uniform tells whether the arguments of a prepared task have no part in whether its message can be built: what could be
// built with some can be built with all.
func (b *Builder) Uniform(t Task) bool {
	x := t.Options.extra()
	json := b.serializers[0].Names // built in: it returns what it is given
	return t.ready && !b.settings.SendSentEvent && firstOf(x.Compression, b.settings.Compression) == "" &&
		slices.Contains(json, firstOf(x.Serializer, b.settings.Serializer))
}
