package check

import "github.com/gobeat/gobeat/internal/fault/history"

// compareLedger looks for runs of which the program's ledger says something else than the queues.
func (j *judge) compareLedger() {
	if j.in.Ledger == nil {
		return
	}
	fates := map[string]map[int64]history.Entry{}
	spans := map[string][]history.Entry{}
	for _, e := range j.in.Ledger {
		if e.Given {
			spans[e.Name] = append(spans[e.Name], e)
			continue
		}
		if fates[e.Name] == nil {
			fates[e.Name] = map[int64]history.Entry{}
		}
		fates[e.Name][e.From] = e
	}
	for _, r := range j.ordered() {
		for _, at := range r.expected {
			if !j.must(at) {
				continue
			}
			fate, recorded := fates[r.Name][at]
			if lie := lie(len(r.arrived[at]) > 0, fate.State, recorded, given(spans[r.Name], at)); lie != "" {
				j.v.LedgerLie = append(j.v.LedgerLie, Finding{Name: r.Name, Instant: at, Note: lie})
			}
		}
	}
}

// lie says what is false about a run; "" when nothing is.
func lie(arrived bool, state string, recorded, given bool) string {
	switch {
	case recorded && state == "confirmed" && !arrived:
		return "recorded as confirmed, and nothing arrived"
	case recorded && state != "confirmed" && state != "unknown" && arrived:
		return "recorded as " + state + ", and it arrived"
	case !recorded && given && arrived:
		return "recorded as given up, and it arrived"
	case !recorded && !given && arrived:
		return "arrived, and nothing is recorded"
	case !recorded && !given:
		return "neither arrived nor recorded"
	}
	return ""
}

func given(spans []history.Entry, at int64) bool {
	for _, s := range spans {
		if s.From <= at && at <= s.To {
			return true
		}
	}
	return false
}
