package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gobeat/gobeat/internal/fault/record"
)

// recordQueues records until it is told to stop and the queues are empty.
func recordQueues(ctx context.Context, args []string, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("usage: fault record FILE QUEUE, and more queues")
	}
	r, err := record.Create(args[0])
	if err != nil {
		return err
	}
	err = r.Run(ctx, os.Getenv("FAULT_BROKER"), args[1:], func() { fmt.Fprintln(out, "recording") })
	if err == nil {
		fmt.Fprintln(out, "recorded")
	}
	return errors.Join(err, r.Close())
}
