package demo

import (
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Server is a Redis inside the process. It keeps everything in memory.
type Server struct {
	redis *miniredis.Miniredis
	stop  chan struct{}
	wg    sync.WaitGroup
	once  sync.Once
}

// Start starts a server on a port of 127.0.0.1; 0 takes a free one.
func Start(port int) (*Server, error) {
	s := &Server{redis: miniredis.NewMiniRedis(), stop: make(chan struct{})}
	if err := s.redis.StartAddr(net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
		return nil, fmt.Errorf("start Redis inside the process: %w", err)
	}
	s.wg.Go(s.expire)
	return s, nil
}

// URL is the server as a broker URL.
func (s *Server) URL() string { return "redis://" + s.redis.Addr() + "/0" }

// Close ends the server and waits for it. It is idempotent.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.wg.Wait()
		s.redis.Close()
	})
}

// expire moves the server's clock, on which keys expire; it does not run by itself.
func (s *Server) expire() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.redis.FastForward(time.Second)
		case <-s.stop:
			return
		}
	}
}
