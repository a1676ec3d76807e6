package cli

import (
	"cmp"
	"os"
	"time"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Names that celery beat gives its files in the directory where it runs.
const (
	celeryScheduleFile = "celerybeat-schedule"
	celeryPidfile      = "celerybeat.pid"
)

// scheduleFileKept is how long ago celery beat may have written its schedule when it still runs: it does every three minutes.
const scheduleFileKept = 4 * time.Minute

// secondByFiles reports a celery beat whose files lie where this one is started: the file of its schedule, which it keeps
// writing, and a pidfile with a process that is alive.
func (c *checkCommand) secondByFiles(cfg *config.Config, now time.Time) {
	schedule := cmp.Or(cfg.Beat.ScheduleFile, celeryScheduleFile)
	for _, ending := range []string{"", ".db", ".dat", ".dir", "-wal"} { // by the dbm that Python has there
		info, err := os.Stat(schedule + ending)
		if err != nil || info.IsDir() || now.Sub(info.ModTime()) > scheduleFileKept {
			continue
		}
		c.add(checkWarn, aboutSecond, "%s was written at %s: a celery beat has ended just now, or keeps its schedule there",
			schedule+ending, info.ModTime().Format(whenLayout))
		break
	}
	pidfiles := []string{celeryPidfile}
	if own := cfg.Process.Pidfile; own != "" && own != celeryPidfile {
		pidfiles = append(pidfiles, own)
	}
	for _, path := range pidfiles {
		if pid := celeryIn(path); pid != 0 {
			c.add(checkWarn, aboutSecond, "the pidfile %s is that of process %d, a celery beat that runs", path, pid)
		}
	}
}
