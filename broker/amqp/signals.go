package amqp

import (
	"fmt"
	"sync"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// signals is what the broker says about the connection at any time. One set serves all connections of a publisher, one
// after the other.
type signals struct {
	mu      sync.Mutex
	reason  string        // why the broker blocks it
	blocked chan struct{} // closed while it is blocked
	freed   time.Time     // when it was last no longer blocked
	lost    error         // why it was closed
}

// blockedNow returns a channel that is closed while the connection is blocked.
func (s *signals) blockedNow() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocked
}

// freedAt returns when the broker last began to take messages again; the zero time when it never stopped.
func (s *signals) freedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.freed
}

// errBlocked returns the error of a blocked connection, or nil.
func (s *signals) errBlocked() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.blocked:
		return fmt.Errorf("%w: %s", message.ErrBlocked, s.reason)
	default:
		return nil
	}
}

func (s *signals) set(b amqp091.Blocking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason = b.Reason
	select {
	case <-s.blocked:
		if !b.Active {
			s.blocked, s.freed = make(chan struct{}), time.Now()
		}
	default:
		if b.Active {
			close(s.blocked)
		}
	}
}

// errLost returns the error of a connection that was closed.
func (s *signals) errLost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		return fmt.Errorf("%w: the connection was lost", message.ErrUnavailable)
	}
	return fmt.Errorf("%w: the connection was lost: %w", message.ErrUnavailable, s.lost)
}

// reset forgets what was said about an earlier connection.
func (s *signals) reset() {
	s.set(amqp091.Blocking{})
	s.setLost(nil)
}

func (s *signals) setLost(err *amqp091.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = nil
	if err != nil { // not a nil pointer in an interface
		s.lost = err
	}
}

// errOr returns the error of a blocked connection, also when the block has just ended.
func (s *signals) errOr() error {
	if err := s.errBlocked(); err != nil {
		return err
	}
	return message.ErrBlocked
}
