package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what the system says of a process.
type usage struct {
	cpu  time.Duration // used so far
	peak int           // most memory that was resident, MiB
	now  int           // resident memory, MiB
}

const ticks = 100 // of processor time in a second, on Linux

func usageOf(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("read processor time of the process: %w", err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return usage{}, fmt.Errorf("read processor time of the process: %w", err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		return usage{}, fmt.Errorf("read processor time of the process: %w", err)
	}
	file := fmt.Sprintf("/proc/%d/status", pid)
	return usage{
		cpu: time.Duration(user+system) * time.Second / ticks, peak: mib(line(file, "VmHWM")), now: mib(line(file, "VmRSS")),
	}, nil
}

// mib reads an amount such as "2048 kB".
func mib(text string) int {
	kib, err := strconv.Atoi(strings.TrimSuffix(text, " kB"))
	if err != nil {
		return 0
	}
	return kib / 1024
}
