//go:build !failpoint

package failpoint

// Reach is a place at which something may happen.
func Reach(string) {}

// Soon is a place shortly after which something may happen, while the call that follows is under way.
func Soon(string) {}

// Pass is a place after something that ended with err, which may be made to look as if it had failed.
func Pass(_ string, err error) error { return err }
