package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// describe names the machine, the versions and the day.
func describe(ctx context.Context, b *bench) (string, error) {
	admin, err := b.connect(ctx, b.postgres)
	if err != nil {
		return "", err
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	var postgres string
	if err := admin.QueryRow(ctx, "show server_version").Scan(&postgres); err != nil {
		return "", fmt.Errorf("ask PostgreSQL for its version: %w", err)
	}
	options, err := redis.ParseURL(b.redis)
	if err != nil {
		return "", fmt.Errorf("read URL of Redis: %w", err)
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return "", fmt.Errorf("ask Redis for its version: %w", err)
	}
	version, err := exec.CommandContext(ctx, b.beat, "version").Output()
	if err != nil {
		return "", fmt.Errorf("ask beat for its version: %w", err)
	}
	form := "short"
	if b.full {
		form = "full"
	}
	postgres, _, _ = strings.Cut(postgres, " ")
	return fmt.Sprintf("%s, %d cores, %s of memory; %s; PostgreSQL %s, Redis %s; %s; %s form, load before %s; %s",
		line("/proc/cpuinfo", "model name"), runtime.NumCPU(), line("/proc/meminfo", "MemTotal"),
		strings.Join(strings.Fields(string(version)), " "), postgres, value(info, "redis_version"), runtime.Version(), form, load(),
		time.Now().UTC().Format(time.DateOnly)), nil
}

// line returns the value of the first line of a file of the system that begins with the name.
func line(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	return value(string(text), name)
}

func value(text, name string) string {
	for l := range strings.Lines(text) {
		if key, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// load is how many programs wanted a processor in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}
