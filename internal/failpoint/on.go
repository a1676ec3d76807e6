//go:build failpoint

package failpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"
)

// soon is how long after Soon its action comes at most; a round trip to a local server takes about as long.
const soon = 2 * time.Millisecond

var errInjected = errors.New("injected by a fail point")

// armed are the points of this process, which code everywhere reaches.
var armed = sync.OnceValue(func() *points {
	p, err := parse(os.Getenv("BEAT_FAILPOINT"))
	if err != nil {
		panic(err)
	}
	return p
})

// Reach is a place at which something may happen.
func Reach(name string) { _ = Pass(name, nil) }

// Soon is a place shortly after which something may happen, while the call that follows is under way.
func Soon(name string) {
	if p := armed().hit(name); p != nil {
		time.AfterFunc(rand.N(soon), func() { _ = p.act() })
	}
}

// Pass is a place after something that ended with err, which may be made to look as if it had failed.
func Pass(name string, err error) error {
	if p := armed().hit(name); p != nil {
		return errors.Join(err, p.act())
	}
	return err
}

// act does what was asked for.
func (p *point) act() error {
	fmt.Fprintln(os.Stderr, "failpoint", p.name)
	switch p.action {
	case actionCrash:
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {} // the signal may take a moment, in which nothing else must happen
	case actionStop:
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Millisecond) // as for SIGKILL; the clock goes on behind SIGCONT
	case actionPause:
		time.Sleep(p.pause)
	case actionError:
		return errInjected
	}
	return nil
}
