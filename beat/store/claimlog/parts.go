package claimlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// errPartsGone means that parts of a record are not there.
var errPartsGone = errors.New("parts of it are gone")

func partsOf(id uuid.UUID) Series { return Series("part:" + id.String()) }

// stow returns what is to be stored of a record in JSON: the whole, or when that is too large what rest makes in its place,
// with the whole set aside in parts.
func (l *Log) stow(ctx context.Context, id uuid.UUID, whole any, rest func(parts int) any) (data []byte, parts int, err error) {
	if data, err = json.Marshal(whole); err != nil {
		return nil, 0, fmt.Errorf("encode a record of the claim log: %w", err)
	}
	if len(data) <= l.engine.MaxRecord() {
		return data, 0, nil
	}
	if parts, err = l.putParts(ctx, partsOf(id), data); err != nil {
		return nil, 0, err
	}
	data, err = json.Marshal(rest(parts))
	return data, parts, err
}

// unstow reads the whole of a record that was set aside.
func (l *Log) unstow(ctx context.Context, id uuid.UUID, parts int, into any) error {
	if parts == 0 {
		return nil
	}
	data, err := l.getParts(ctx, partsOf(id), parts)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// removeStowed removes checkpoints or pages of the history, with their parts.
func (l *Log) removeStowed(ctx context.Context, s Series, records []Record) error {
	for _, r := range records {
		var h head
		if err := json.Unmarshal(r.Data, &h); err == nil {
			if err := l.removeParts(ctx, h.ID, h.Parts); err != nil {
				return err
			}
		}
		if err := l.engine.Remove(ctx, s, []int64{r.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// putParts writes data in parts that fit into records, and returns how many.
func (l *Log) putParts(ctx context.Context, s Series, data []byte) (int, error) {
	n := 0
	for part := range slices.Chunk(data, l.engine.MaxRecord()) {
		n++
		if _, err := l.engine.Insert(ctx, s, Record{Seq: int64(n), Data: part}); err != nil {
			return 0, fmt.Errorf("write part %d: %w: %w", n, beat.ErrUnknownOutcome, err)
		}
	}
	return n, nil
}

// getParts reads what putParts wrote.
func (l *Log) getParts(ctx context.Context, s Series, n int) ([]byte, error) {
	var whole bytes.Buffer
	for read := 0; read < n; {
		parts, err := l.engine.After(ctx, s, int64(read), page)
		if err != nil {
			return nil, fmt.Errorf("read parts after %d: %w", read, err)
		}
		if len(parts) == 0 {
			return nil, errPartsGone
		}
		for _, p := range parts {
			if p.Seq != int64(read)+1 {
				return nil, errPartsGone
			}
			read++
			whole.Write(p.Data)
		}
	}
	return whole.Bytes(), nil
}

func (l *Log) removeParts(ctx context.Context, id uuid.UUID, n int) error {
	if n == 0 {
		return nil
	}
	seqs := make([]int64, n)
	for i := range seqs {
		seqs[i] = int64(i) + 1
	}
	if err := l.engine.Remove(ctx, partsOf(id), seqs); err != nil {
		return fmt.Errorf("remove parts: %w", err)
	}
	return nil
}
