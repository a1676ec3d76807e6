// Command ferret serves MongoDB's protocol over SQLite, by FerretDB, for tests. It is a module of its own, so that what
// FerretDB needs stays out of the program's.
//
// Inserts and deletes are atomic as in MongoDB. Updates are not: they read and write apart, so that no test may draw
// conclusions from updates that race. There are no change streams and no transactions.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	address := flag.String("address", "", "where it listens, HOST:PORT")
	dir := flag.String("dir", "", "folder of the data")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *address, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "ferret:", err)
		os.Exit(1)
	}
}

// serve returns when ctx ends.
func serve(ctx context.Context, address, dir string) error {
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(off)", // it need not survive the machine
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return fmt.Errorf("prepare FerretDB: %w", err)
	}
	fmt.Println("listening on", f.MongoDBURI()) // New has opened the port
	return f.Run(ctx)
}
