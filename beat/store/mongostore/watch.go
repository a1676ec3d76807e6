package mongostore

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat/store/docstore"
)

var _ docstore.Watcher = (*database)(nil)

// Watches tells whether the server has change streams: members of replica sets and clusters have, as far as the user may
// read them.
func (d *database) Watches() bool { return d.watches.Load() }

// awaits is for how long the server waits for a change before it says that there is none: less than its answers may take.
const awaits = timeout / 5

func (d *database) stream(ctx context.Context) (*mongo.ChangeStream, error) {
	return d.tasks.Watch(ctx, mongo.Pipeline{}, options.ChangeStream().SetMaxAwaitTime(awaits))
}

// tryStream opens a change stream, to see whether there are any.
func (d *database) tryStream(ctx context.Context) error {
	stream, err := d.stream(ctx)
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
	stream, err := d.stream(ctx)
	if err != nil {
		return failed(ctx, "open a change stream", err)
	}
	defer func() { _ = stream.Close(context.WithoutCancel(ctx)) }() // it is of no more use
	written()
	for {
		// Next would be over after one timeout, however often the server has answered meanwhile that there is nothing.
		if !stream.TryNext(ctx) {
			if stream.Err() != nil || stream.ID() == 0 {
				break
			}
			continue
		}
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
