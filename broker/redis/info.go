package redis

import (
	"strconv"
	"strings"
)

// info is what a publisher wants to know of a server; its zero value is what a server tells whose answer to INFO is
// forbidden or empty.
type info struct {
	major        int    // version of Redis that the server is, or says it resembles; 0: not known
	cluster      bool   // it is a node of a cluster
	loading      bool   // it reads its data and cannot serve yet
	replica      bool   // it follows a master
	runID        string // changes with every start
	replID       string // names the history of the data: changes when a replica becomes master
	formerReplID string // of a former replica: the history that it continues
	policy       string // maxmemory-policy
}

// readInfo reads the answer of INFO; what it does not know, or cannot read, it passes over.
func readInfo(text string) info {
	var out info
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch name {
		case "redis_version":
			major, _, _ := strings.Cut(value, ".")
			if n, err := strconv.Atoi(major); err == nil {
				out.major = n
			}
		case "redis_mode":
			out.cluster = value == "cluster"
		case "loading":
			out.loading = value == "1"
		case "role":
			out.replica = value == "slave"
		case "run_id":
			out.runID = value
		case "master_replid":
			out.replID = value
		case "master_replid2":
			out.formerReplID = value
		case "maxmemory_policy":
			out.policy = value
		}
	}
	return out
}
