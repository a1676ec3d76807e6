//go:build unix

package cli

import (
	"fmt"
	"os/user"
	"strconv"
	"syscall"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// dropPrivileges sets the umask and changes to the group and the user of the settings, for all threads and for good.
func dropPrivileges(p config.Process) error {
	if p.Umask != "" {
		mask, err := strconv.ParseUint(p.Umask, 8, 32)
		if err != nil {
			return usagef("umask %q is not an octal number", p.Umask)
		}
		syscall.Umask(int(mask))
	}
	if p.User == "" && p.Group == "" {
		return nil
	}
	uid, gid, err := identity(p)
	if err != nil {
		return err
	}
	if gid >= 0 {
		if err := syscall.Setgroups([]int{gid}); err != nil {
			return fmt.Errorf("leave the groups of the user: %w", err)
		}
		if err := syscall.Setgid(gid); err != nil {
			return fmt.Errorf("change to group %s: %w", p.Group, err)
		}
	}
	if uid >= 0 {
		if err := syscall.Setuid(uid); err != nil {
			return fmt.Errorf("change to user %s: %w", p.User, err)
		}
	}
	return nil
}

// identity returns the numbers of user and group, -1 for what stays. A user without a group brings his own.
func identity(p config.Process) (uid, gid int, err error) {
	uid, gid = -1, -1
	if p.User != "" {
		u, err := user.Lookup(p.User)
		if err != nil {
			u, err = user.LookupId(p.User)
		}
		switch n, numErr := strconv.Atoi(p.User); {
		case err == nil:
			if uid, err = strconv.Atoi(u.Uid); err != nil {
				return 0, 0, fmt.Errorf("read the number of user %s: %w", p.User, err)
			}
			if gid, err = strconv.Atoi(u.Gid); err != nil {
				return 0, 0, fmt.Errorf("read the group of user %s: %w", p.User, err)
			}
		case numErr == nil:
			uid = n // images without /etc/passwd
		default:
			return 0, 0, usagef("uid: there is no user %q", p.User)
		}
	}
	if p.Group == "" {
		return uid, gid, nil
	}
	if g, err := user.LookupGroup(p.Group); err == nil {
		gid, err = strconv.Atoi(g.Gid)
		return uid, gid, err
	}
	if gid, err = strconv.Atoi(p.Group); err != nil {
		return 0, 0, usagef("gid: there is no group %q", p.Group)
	}
	return uid, gid, nil
}
