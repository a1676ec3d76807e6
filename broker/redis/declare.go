package redis

import (
	"context"
	"fmt"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
)

// A round is what one batch asks of the server before anything is pushed: bindings to add, exchanges to look up.
type round struct {
	add   map[string]*message.Queue          // queue name -> queue
	adds  map[string]goredis.Cmder           // queue name -> the command that adds its binding
	looks map[string]*goredis.StringSliceCmd // exchange -> members
	table table

	badQueues    map[string]string // queue -> why its messages are refused
	badExchanges map[string]string // exchange -> the same
}

// route adds missing bindings, looks up the exchanges, and returns the targets of each message. Messages that have
// none get their outcome. The error is one of the connection.
func (p *Publisher) route(ctx context.Context, b message.Batch, out []message.Outcome) ([][]target, error) {
	messages := b.Messages
	r, err := p.prepare(ctx, messages)
	if err != nil {
		return nil, err
	}
	targets := make([][]target, len(messages))
	for i := range messages {
		env := &messages[i]
		if b.Skipped(i) {
			out[i] = message.SkippedOutcome()
			continue
		}
		if reason := r.refusal(env); reason != "" {
			out[i] = message.Outcome{State: message.Refused, Reason: reason}
			continue
		}
		targets[i] = p.config.resolve(env, r.table)
		if len(targets[i]) == 0 {
			out[i] = unroutable(env)
		}
		for _, to := range targets[i] {
			if reserved(to.queue) {
				reason := fmt.Sprintf("queue %q has a name that is kept for other keys", to.queue)
				out[i] = message.Outcome{State: message.Refused, Reason: reason}
			}
		}
	}
	return targets, nil
}

// prepare plans a round and carries it out: twice when its connection led to a server that has lost the bindings which the
// plan counted on.
func (p *Publisher) prepare(ctx context.Context, messages []message.Envelope) (*round, error) {
	before := p.declared.forgotten()
	r := p.plan(messages)
	err := p.ask(ctx, r)
	if err == nil && p.declared.forgotten() != before {
		r = p.plan(messages)
		err = p.ask(ctx, r)
	}
	return r, err
}

func (p *Publisher) plan(messages []message.Envelope) *round {
	r := &round{
		add: map[string]*message.Queue{}, adds: map[string]goredis.Cmder{},
		looks:     map[string]*goredis.StringSliceCmd{},
		badQueues: map[string]string{}, badExchanges: map[string]string{},
		table: table{types: map[string]string{}, members: map[string][][]string{}},
	}
	for i := range messages {
		q := messages[i].Declare
		if q != nil && q.Exchange != "" {
			r.table.types[q.Exchange] = q.ExchangeType
			if p.declared.missing(q) {
				r.add[q.Name] = q
			}
		}
	}
	for i := range messages {
		env := &messages[i]
		if env.Exchange == "" {
			continue
		}
		if r.table.types[env.Exchange] == "" {
			r.table.types[env.Exchange] = p.declared.typeOf(env.Exchange)
		}
		if r.table.typeOf(env) != "fanout" {
			r.looks[env.Exchange] = nil
		}
	}
	return r
}

// queue adds the commands of a round to a pipeline. Beside each binding goes what kombu 5.7 notes, which sweeps bindings
// that nobody notes: a deadline for those of queues that expire, else the same member in the set of permanent ones.
func (p *Publisher) queue(ctx context.Context, pipe goredis.Pipeliner, r *round) {
	for name, q := range r.add {
		key, member := p.config.bindingKey(q.Exchange), p.config.bindingMember(q)
		if ttl := expiry(q); ttl > 0 {
			keys := []string{key, p.config.deadlinesKey()}
			r.adds[name] = pipe.Eval(ctx, bindSource, keys, member, q.Exchange, bindingTTL(ttl).Milliseconds())
			continue
		}
		r.adds[name] = pipe.SAdd(ctx, key, member)
		pipe.SAdd(ctx, p.config.permanentKey(q.Exchange), member)
	}
	for exchange := range r.looks {
		r.looks[exchange] = pipe.SMembers(ctx, p.config.bindingKey(exchange))
	}
}

// ask sends the commands of a round in one pipeline and reads the answers. A key of another type harms only the
// messages that need it.
func (p *Publisher) ask(ctx context.Context, r *round) error {
	if len(r.add) == 0 && len(r.looks) == 0 {
		return nil
	}
	err := p.with(func(c goredis.UniversalClient) error {
		_, err := c.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
			p.queue(ctx, pipe, r)
			return nil
		})
		return err
	})
	if err != nil && !wrongType(err) {
		return err
	}
	for name, cmd := range r.adds {
		switch err := cmd.Err(); {
		case err == nil:
			p.declared.add(r.add[name])
		case wrongType(err):
			r.badQueues[name] = fmt.Sprintf("key %q is no set", p.config.bindingKey(r.add[name].Exchange))
		default:
			return err
		}
	}
	for exchange, cmd := range r.looks {
		members, err := cmd.Result()
		switch {
		case err == nil:
			r.table.members[exchange] = p.config.split(members)
		case wrongType(err):
			r.badExchanges[exchange] = fmt.Sprintf("key %q is no set", p.config.bindingKey(exchange))
		default:
			return err
		}
	}
	return nil
}

// refusal says why a message cannot be sent, or nothing.
func (r *round) refusal(env *message.Envelope) string {
	if env.Declare != nil {
		if reason := r.badQueues[env.Declare.Name]; reason != "" {
			return reason
		}
	}
	if env.Exchange == "" {
		return ""
	}
	return r.badExchanges[env.Exchange]
}
