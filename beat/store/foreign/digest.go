package foreign

import (
	"database/sql"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/models"
)

// digest is the same as long as everything is that an entry is made of. Runs of ours do not change it, those of others
// do.
func (r *row) digest() uint64 {
	b := make([]byte, 0, 512)
	for _, text := range []string{
		string(r.name), string(r.task), r.args.String, r.kwargs.String, r.headers.String, string(r.queue), string(r.exchange),
		string(r.routingKey), string(r.description), string(r.period), string(r.minute), string(r.hour), string(r.day),
		string(r.month), string(r.week), string(r.zone), string(r.event),
	} {
		b = strconv.AppendInt(b, int64(len(text)), 10)
		b = append(append(b, ':'), text...)
	}
	for _, n := range []sql.NullInt64{
		r.priority, r.interval, r.crontab, r.solar, r.clocked, r.intervalFound, r.crontabFound, r.solarFound, r.clkFound,
		r.every,
	} {
		b = appendIf(b, n.Valid, n.Int64)
	}
	for _, f := range []sql.NullFloat64{r.expireSeconds, r.latitude, r.longitude} {
		b = appendIf(b, f.Valid, int64(math.Float64bits(f.Float64)))
	}
	b = appendIf(b, r.oneOff.Bool, 1)
	b = appendIf(b, r.enabled.Bool, 1)
	for _, t := range []models.Time{r.expires, r.start, r.at, {Time: r.ranAt()}} {
		b = append(appendTime(b, t.Time), t.Text...)
	}
	h := fnv.New64a()
	_, _ = h.Write(b) // never fails
	return h.Sum64()
}

func appendIf(b []byte, valid bool, n int64) []byte {
	if valid {
		b = strconv.AppendInt(b, n, 10)
	}
	return append(b, ';')
}

func appendTime(b []byte, t time.Time) []byte { return appendIf(b, !t.IsZero(), t.UnixMicro()) }
