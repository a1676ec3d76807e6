package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/beat"
)

// ran is a run in the history, as the scripts store it.
type ran struct {
	Instant string    `json:"instant"`
	State   string    `json:"state"`
	Reason  string    `json:"reason"`
	Epoch   string    `json:"epoch"`
	Batch   uuid.UUID `json:"batch"`
	Claimed string    `json:"claimed"`
	Settled string    `json:"settled"`
}

// omission is a beat.Omission, as claim.lua stores it.
type omission struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Count  string `json:"count"`
	Reason string `json:"reason"`
	At     string `json:"at"`
}

// History returns runs of an entry earlier than before, the latest first.
func (s *Store) History(ctx context.Context, id beat.EntryID, before time.Time, limit int) ([]beat.Record, error) {
	texts, err := s.earlier(ctx, "history:"+string(id), before, limit)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", id, err)
	}
	var found []beat.Record
	for _, text := range texts {
		r, err := historyRecord(id, text)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", id, err)
		}
		found = append(found, r)
	}
	return found, nil
}

func historyRecord(id beat.EntryID, text string) (beat.Record, error) {
	var r ran
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return beat.Record{}, err
	}
	at, err := instants(r.Instant, r.Claimed, r.Settled)
	if err != nil {
		return beat.Record{}, err
	}
	epoch, err := strconv.ParseInt(r.Epoch, 10, 64)
	if err != nil {
		return beat.Record{}, fmt.Errorf("epoch: %w", err)
	}
	return beat.Record{
		Run: beat.Run{ID: id, Instant: at[0]}, State: r.State, Reason: r.Reason, Epoch: epoch, Batch: r.Batch,
		ClaimedAt: at[1], SettledAt: at[2],
	}, nil
}

// Omissions returns the runs of an entry that were given up before an instant, the latest first.
func (s *Store) Omissions(ctx context.Context, id beat.EntryID, before time.Time, limit int) ([]beat.Omission, error) {
	texts, err := s.earlier(ctx, "missed:"+string(id), before, limit)
	if err != nil {
		return nil, fmt.Errorf("omissions of %s: %w", id, err)
	}
	var found []beat.Omission
	for _, text := range texts {
		o, err := storedOmission(id, text)
		if err != nil {
			return nil, fmt.Errorf("omissions of %s: %w", id, err)
		}
		found = append(found, o)
	}
	return found, nil
}

func storedOmission(id beat.EntryID, text string) (beat.Omission, error) {
	var o omission
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return beat.Omission{}, err
	}
	at, err := instants(o.From, o.To, o.At)
	if err != nil {
		return beat.Omission{}, err
	}
	count, err := strconv.ParseInt(o.Count, 10, 64)
	if err != nil {
		return beat.Omission{}, fmt.Errorf("count: %w", err)
	}
	return beat.Omission{ID: id, From: at[0], To: at[1], Count: count, Reason: o.Reason, At: at[2]}, nil
}

// earlier reads a sorted set of instants backwards.
func (s *Store) earlier(ctx context.Context, key string, before time.Time, limit int) ([]string, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	texts, err := s.client.ZRangeArgs(ctx, goredis.ZRangeArgs{
		Key: s.base + key, Start: "(" + micros(before), Stop: "-inf", ByScore: true, Rev: true, Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, s.failed(ctx, "read "+key, err)
	}
	return texts, nil
}
