package message

import "encoding/json"

// Task is what a row asks to be run: all of a message but its identity and its time.
type Task struct {
	Name    string          // the registered name, such as "proj.tasks.add"
	Args    json.RawMessage // a JSON array as stored; empty means none
	Kwargs  json.RawMessage // a JSON object as stored, key order kept; empty means none
	Options Options

	ready bool // Args and Kwargs are in Python's form and within the limits
}
