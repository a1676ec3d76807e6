package mongostore

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/gobeat/gobeat/beat/store/docstore"
)

var _ docstore.Watcher = (*database)(nil)

// Watches tells whether the server has change streams: members of replica sets and clusters have, as far as the user may
// read them.
func (d *database) Watches() bool { return d.watches.Load() }

// tryStream opens a change stream, to see whether there are any.
func (d *database) tryStream(ctx context.Context) error {
	stream, err := d.tasks.Watch(ctx, mongo.Pipeline{})
	if _, refused := errors.AsType[mongo.CommandError](err); refused && !mongo.IsNetworkError(err) && !mongo.IsTimeout(err) {
		return nil
	}
	if err != nil {
		return failed(ctx, "open a change stream", err)
	}
	d.watches.Store(true)
	return stream.Close(ctx)
}

// Watch listens to the change stream of the tasks, those of other namespaces too, which it passes over.
func (d *database) Watch(ctx context.Context, written func(ids ...string)) error {
	stream, err := d.tasks.Watch(ctx, mongo.Pipeline{})
	if err != nil {
		return failed(ctx, "open a change stream", err)
	}
	defer func() { _ = stream.Close(context.WithoutCancel(ctx)) }() // it is of no more use
	written()
	for stream.Next(ctx) {
		key, isText := stream.Current.Lookup("documentKey", "_id").StringValueOK()
		if !isText { // the collection was dropped or renamed, or a server does not say what was written
			written()
			continue
		}
		if id, ours := strings.CutPrefix(key, d.base); ours {
			written(id)
		}
	}
	if err := stream.Err(); err != nil {
		return failed(ctx, "listen to changes", err)
	}
	return nil
}
