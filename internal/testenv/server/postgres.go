package server

import (
	"context"
	"fmt"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Postgres is the PostgreSQL server. Extra arguments are those of postgres, for example "-c", "fsync=on".
func Postgres() Kind {
	return Kind{
		Name:     "postgres",
		Package:  "postgresql",
		programs: []string{"postgres", "initdb"},
		folders:  []string{"/usr/lib/postgresql/*/bin"},
		ports:    1,
		ready:    "database system is ready to accept connections",
		stop:     syscall.SIGINT,  // "fast": ends sessions, writes a checkpoint
		drop:     syscall.SIGQUIT, // unlike SIGKILL it gives the shared memory back
		account:  postgresAccount,
		prepare:  preparePostgres,
		command:  commandPostgres,
		url: func(s *Server) string {
			return fmt.Sprintf("postgresql://beat:beat@%s/postgres?sslmode=disable", address(s.port(0)))
		},
	}
}

// postgresAccount finds an account for the server, which refuses to run as root.
func postgresAccount() (*syscall.Credential, error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("finding an account for postgres: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading user id %q: %w", account.Uid, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading group id %q: %w", account.Gid, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func preparePostgres(ctx context.Context, s *Server) error {
	cmd := exec.CommandContext(ctx, s.kind.find("initdb"), "--pgdata", filepath.Join(s.dir, "data"),
		"--username", "beat", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return quietly(cmd)
}

func commandPostgres(s *Server, args []string) *exec.Cmd {
	settings := []string{
		"listen_addresses=" + host,
		"port=" + strconv.Itoa(s.port(0)),
		"unix_socket_directories=", // their paths may be too long, and nobody needs them
		"max_connections=300",
		"shared_buffers=64MB",
		"fsync=off",
		"full_page_writes=off",
		"max_wal_size=256MB",
	}
	all := []string{"-D", filepath.Join(s.dir, "data")}
	for _, setting := range settings {
		all = append(all, "-c", setting)
	}
	return foreground(s.kind.find("postgres"), append(all, args...)...)
}
