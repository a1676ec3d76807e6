//go:build !unix

package cli

import "github.com/gobeat/gobeat/cmd/beat/config"

// holdPidfile refuses, because files cannot be locked here the way it is done on Unix.
func holdPidfile(string) (heldPidfile, error) {
	return heldPidfile{}, usagef("pidfile: not available on this system")
}

// celeryIn returns 0: which process a pidfile is of is not known here.
func celeryIn(string) int { return 0 }

// dropPrivileges refuses to change user, group or umask, which this system does not have.
func dropPrivileges(p config.Process) error {
	if p.User != "" || p.Group != "" || p.Umask != "" {
		return usagef("uid, gid, umask: not available on this system")
	}
	return nil
}
