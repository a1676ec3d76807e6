package claimlog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// TestFormats: records without a format, as the first ones were, are read; behind a newer one nobody decides anything.
func TestFormats(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	written := &enginetest.Memory{}
	own, err := claimlog.New(written, entries{memstore.New()}).Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	records, err := written.After(ctx, "log", 0, 10)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v, want one", len(records), err)
	}
	for format, want := range map[string]string{`"v":1,`: "", "": "", `"v":9,`: "record 1 of the claim log: its format is 9"} {
		e := &enginetest.Memory{}
		data := bytes.Replace(records[0].Data, []byte(`"v":1,`), []byte(format), 1)
		if _, err := e.Insert(ctx, "log", claimlog.Record{Seq: 1, Data: data}); err != nil {
			t.Fatal(err)
		}
		log := claimlog.New(e, entries{memstore.New()})
		_, err := log.Renew(ctx, own, time.Hour)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("format %q: %v, want %q", format, err, want)
		}
	}
}
