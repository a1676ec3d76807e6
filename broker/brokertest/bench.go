package brokertest

import (
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// Benchmark measures a fenced publisher with batches of 1,000 messages, one after the other, until each is confirmed.
func Benchmark(b *testing.B, p Publisher) {
	b.Helper()
	const size = 1000
	if err := p.TakeOver(b.Context(), leader(1)); err != nil {
		b.Fatal(err)
	}
	published := 0
	for b.Loop() {
		b.StopTimer()
		batch := Batch("bench", size)
		b.StartTimer()
		out, err := p.Publish(b.Context(), batch)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range out {
			if o.State != message.Confirmed {
				b.Fatalf("got %v (%s), want all confirmed", o.State, o.Reason)
			}
		}
		published += size
	}
	b.ReportMetric(float64(published)/b.Elapsed().Seconds(), "messages/s")
}
