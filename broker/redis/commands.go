package redis

import "github.com/gobeat/gobeat/broker/message"

// Commands returns the commands that Celery would send for one message: SADD of the queue's binding, SMEMBERS where an
// exchange must be looked up, LPUSH or PUBLISH. They are those of kombu 5.6; what 5.7 notes beside bindings, and that it
// renews the time to live of queues that expire, is left out. Bindings that others made are not known here, so that of an
// exchange only the declared queue is served. The publisher itself pushes by a script with the same effect.
func Commands(c Config, env message.Envelope, deliveryTag string) [][]string {
	c = c.withDefaults()
	var out [][]string
	t := table{members: map[string][][]string{}}
	if q := env.Declare; q != nil && q.Exchange != "" {
		member := c.bindingMember(q)
		out = append(out, []string{"SADD", c.bindingKey(q.Exchange), member})
		t.members[q.Exchange] = c.split([]string{member})
	}
	text := string(message.AppendKombu(nil, &env, deliveryTag, c.encoding()))
	if env.Exchange != "" && t.typeOf(&env) != "fanout" {
		out = append(out, []string{"SMEMBERS", c.bindingKey(env.Exchange)})
	}
	for _, to := range c.resolve(&env, t) {
		if to.channel != "" {
			out = append(out, []string{"PUBLISH", to.channel, text})
			continue
		}
		out = append(out, []string{"LPUSH", c.queueKey(to.queue, env.Priority), text})
	}
	return out
}

func (c Config) encoding() message.BodyEncoding {
	if c.BodyUTF8 {
		return message.BodyUTF8
	}
	return message.BodyBase64
}
