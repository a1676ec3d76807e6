package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// holdServer starts a server, prints its variables and an empty line, and stops it when in ends. Whoever holds the
// other end of in need not do anything for that: its death is enough.
func holdServer(ctx context.Context, name string, in io.Reader, out io.Writer) error {
	kind, err := server.Named(name)
	if err != nil {
		return err
	}
	s, err := server.Start(ctx, kind)
	if err != nil {
		return err
	}
	for _, variable := range s.Variables() {
		fmt.Fprintln(out, variable)
	}
	fmt.Fprintln(out)

	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		ended <- err
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	return errors.Join(err, s.Close())
}
