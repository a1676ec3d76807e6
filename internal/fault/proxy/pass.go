package proxy

import (
	"net"
	"sync"
)

// unitSize tells how long the unit at the beginning of some bytes is; 0 when it is not complete.
type unitSize func(b []byte) int

// conversation is what a proxy must know of one connection.
type conversation struct {
	up, down unitSize
	// fromClient and fromServer look at a unit and name the event that it is. A unit that is to be held back until the
	// next event of its direction has no event and says hold.
	fromClient, fromServer func(unit []byte) (e Event, hold bool)

	mu sync.Mutex // of what both directions know
}

// pass copies units until either side ends.
func (p *Proxy) pass(to, from net.Conn, up bool, size unitSize, look func([]byte) (Event, bool)) {
	defer to.Close()
	defer from.Close()
	var waiting, held []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.muted(up) {
			continue
		}
		waiting = append(waiting, buffer[:n]...)
		for {
			length := size(waiting)
			if length == 0 || length > len(waiting) {
				break
			}
			held = append(held, waiting[:length]...)
			event, hold := look(waiting[:length])
			waiting = waiting[length:]
			if hold {
				continue
			}
			if !p.release(to, held, event) {
				return
			}
			held = held[:0]
		}
	}
}

// release passes units on, the last of which is an event, unless that is harmed. It returns false when the connection
// is to end.
func (p *Proxy) release(to net.Conn, units []byte, e Event) bool {
	var harm Harm
	if e != "" {
		harm = p.harm(e)
	}
	switch harm {
	case CutBefore:
		return false
	case Withhold:
		return true
	case CutAfter:
	}
	_, err := to.Write(units)
	return err == nil && harm != CutAfter
}
