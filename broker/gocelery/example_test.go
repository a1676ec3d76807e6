package gocelery_test

import (
	"fmt"

	lib "github.com/gocelery/gocelery"
	"github.com/gomodule/redigo/redis"

	"github.com/gobeat/gobeat/broker/gocelery"
	"github.com/gobeat/gobeat/broker/message"
)

func ExamplePublisher_Accepts() {
	pub, err := gocelery.New(lib.NewRedisBroker(&redis.Pool{}), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	build, err := message.NewBuilder(message.Settings{Protocol: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, queue := range []string{"", "mail"} {
		env, err := build.Build(message.Task{Name: "proj.add", Options: message.Options{Queue: queue}}, message.Stamp{ID: "1"})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(pub.Accepts(&env))
	}
	// Output:
	// <nil>
	// gocelery: queue "mail" is not the queue of the broker, "celery"
}
