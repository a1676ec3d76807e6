package beat

import (
	"testing"
	"time"
)

// A loop that was told to stop ended when its last batch was published, also when it had not heard yet what the store took
// of it. The claim stage then waited to say so until the drain timeout, and a stop took ten seconds.
func TestBatchEndsWhenBothStagesSaidSo(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]func(*openBatches, int64){
		"answered first":  {func(o *openBatches, n int64) { o.answer(n, true) }, (*openBatches).publish},
		"published first": {(*openBatches).publish, func(o *openBatches, n int64) { o.answer(n, true) }},
	} {
		var o openBatches
		n := o.add(time.Now())
		steps[0](&o, n)
		if o.count() != 1 {
			t.Errorf("%s: the batch ended before the second stage said so", name)
		}
		steps[1](&o, n)
		if o.count() != 0 {
			t.Errorf("%s: the batch never ends", name)
		}
	}
	var o openBatches
	o.answer(o.add(time.Now()), false)
	if o.count() != 0 {
		t.Error("a batch of which the store took nothing never ends")
	}
}
