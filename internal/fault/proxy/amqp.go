package proxy

import "encoding/binary"

const (
	amqpMethod = 1 // type of a frame
	amqpAround = 8 // bytes of a frame around its payload
	amqpStart  = 8 // bytes of the greeting of a client

	basicPublish = 60<<16 | 40
	basicAck     = 60<<16 | 80
)

// amqp reads frames. The first thing that a client says is none.
func amqp() *conversation {
	greeted := false
	return &conversation{
		up: func(b []byte) int {
			if !greeted {
				if len(b) < amqpStart {
					return 0
				}
				return amqpStart
			}
			return amqpFrame(b)
		},
		down: amqpFrame,
		fromClient: func(unit []byte) (Event, bool) {
			if !greeted {
				greeted = true
				return "", false
			}
			if method(unit) == basicPublish {
				return Published, false
			}
			return "", false
		},
		fromServer: func(unit []byte) (Event, bool) {
			if method(unit) == basicAck {
				return Acknowledged, false
			}
			return "", false
		},
	}
}

func amqpFrame(b []byte) int {
	if len(b) < amqpAround {
		return 0
	}
	return int(binary.BigEndian.Uint32(b[3:])) + amqpAround
}

// method returns class and method of a frame, 0 for one of another type.
func method(frame []byte) uint32 {
	if frame[0] != amqpMethod || len(frame) < amqpAround+4 {
		return 0
	}
	return binary.BigEndian.Uint32(frame[7:])
}
