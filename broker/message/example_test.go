package message_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

func ExampleBuilder_Build() {
	builder, err := message.NewBuilder(message.Settings{Origin: "gen42@host"})
	if err != nil {
		fmt.Println(err)
		return
	}
	options, err := message.ParseOptions(json.RawMessage(`{"queue": "mail", "expires": 60}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	task := message.Task{Name: "proj.add", Args: json.RawMessage(`[2,2]`), Options: options}
	env, err := builder.Build(task, message.Stamp{
		ID:  "11111111-2222-4333-8444-555555555555",
		Now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("to %q / %q, declaring %s\n", env.Exchange, env.RoutingKey, env.Declare.Name)
	fmt.Println("expires after", env.Expiration, "ms")
	fmt.Println(string(env.Body))
	// Output:
	// to "" / "mail", declaring mail
	// expires after 60000 ms
	// [[2, 2], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]
}

func ExampleParseOptions_refused() {
	_, err := message.ParseOptions(json.RawMessage(`{"priority": 300}`))
	fmt.Println(err)
	// Output: priority: "300" is not between 0 and 255
}

func ExampleAppendPythonJSON() {
	text, err := message.AppendPythonJSON(nil, json.RawMessage(`{"é":1e2,"a":[1,true],"é":null}`), message.Limits{})
	fmt.Println(string(text), err)
	// Output: {"\u00e9": null, "a": [1, true]} <nil>
}
