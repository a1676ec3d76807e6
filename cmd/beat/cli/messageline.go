package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
)

// messageLine is one request of `message --stdin`.
type messageLine struct {
	ID json.RawMessage `json:"id"`

	Transport string          `json:"transport"`
	Task      string          `json:"task"`
	Args      json.RawMessage `json:"args"`
	Kwargs    json.RawMessage `json:"kwargs"`
	Options   json.RawMessage `json:"options"`
	Settings  json.RawMessage `json:"settings"`
	Fixed     fixedValues     `json:"fixed"`
}

// keptBuilders is how many builders are kept for lines with the same settings.
const keptBuilders = 64

// messageAnswerer answers the lines of `message --stdin`. It is not safe for concurrent use.
type messageAnswerer struct {
	now      func() time.Time
	prepared map[string]prepared
}

// prepared is what lines with the same settings share.
type prepared struct {
	build *message.Builder
	redis redis.Config
}

func newMessageAnswerer(now func() time.Time) *messageAnswerer {
	return &messageAnswerer{now: now, prepared: map[string]prepared{}}
}

func (a *messageAnswerer) answer(dst, line []byte) []byte {
	var l messageLine
	if err := decodeKnown(line, &l); err != nil {
		return appendFailure(dst, lineID(line), err)
	}
	s, err := a.steps(&l)
	if err != nil {
		return appendFailure(dst, l.ID, err)
	}
	name, value := "wire", any(s.Wire)
	if s.Commands != nil {
		name, value = "commands", s.Commands
	}
	text, err := marshal(value)
	if err != nil {
		return appendFailure(dst, l.ID, err)
	}
	dst = append(appendID(dst, l.ID), `, "`+name+`": `...)
	return append(append(dst, text...), '}')
}

// steps makes the message of a line and the steps of its transport.
func (a *messageAnswerer) steps(l *messageLine) (steps, error) {
	driver, err := l.driver()
	if err != nil {
		return steps{}, err
	}
	p, err := a.prepare(l, driver)
	if err != nil {
		return steps{}, err
	}
	now, err := l.Fixed.instant(a.now)
	if err != nil {
		return steps{}, err
	}
	options, err := message.ParseOptions(l.Options)
	if err != nil {
		return steps{}, err
	}
	env, err := p.build.Build(
		message.Task{Name: l.Task, Args: l.Args, Kwargs: l.Kwargs, Options: options},
		message.Stamp{ID: cmp.Or(l.Fixed.ID, uuid.NewString()), Now: now},
	)
	if err != nil {
		return steps{}, err
	}
	return stepsOf(driver, env, p.redis, cmp.Or(l.Fixed.DeliveryTag, uuid.NewString()))
}

func (l *messageLine) driver() (string, error) {
	switch l.Transport {
	case "amqp":
		return broker.DriverAMQP, nil
	case "redis":
		return broker.DriverRedis, nil
	case "":
		return "", errors.New("transport: is missing; it is one of amqp, redis")
	}
	return "", fmt.Errorf("transport: %.80q is not one of amqp, redis", l.Transport)
}

// prepare returns the builder for the settings of a line.
func (a *messageAnswerer) prepare(l *messageLine, driver string) (prepared, error) {
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%d\x00%s", driver, l.Fixed.Origin, l.Fixed.ReplyTo, l.Fixed.PID, l.Settings)
	if p, ok := a.prepared[key]; ok {
		return p, nil
	}
	var given lineSettings
	if len(l.Settings) > 0 {
		if l.Settings[0] != '{' && string(l.Settings) != "null" {
			return prepared{}, fmt.Errorf("settings: %.80q is not an object", l.Settings)
		}
		if err := decodeLine(l.Settings, &given); err != nil {
			return prepared{}, fmt.Errorf("settings: %w", err)
		}
	}
	settings, err := given.message()
	if err != nil {
		return prepared{}, fmt.Errorf("settings: %w", err)
	}
	settings.Origin, settings.ReplyTo, settings.PID = l.Fixed.Origin, l.Fixed.ReplyTo, l.Fixed.PID
	forDriver(&settings, driver)
	var p prepared
	if p.build, err = message.NewBuilder(settings); err != nil {
		return prepared{}, fmt.Errorf("settings: %w", err)
	}
	if p.redis, err = given.redis(); err != nil {
		return prepared{}, fmt.Errorf("settings: %w", err)
	}
	if len(a.prepared) >= keptBuilders {
		clear(a.prepared)
	}
	a.prepared[key] = p
	return p, nil
}
