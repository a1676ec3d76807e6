package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// mariadbAccounts runs at each start of the server.
const mariadbAccounts = `CREATE USER IF NOT EXISTS 'beat'@'%' IDENTIFIED BY 'beat';
GRANT ALL PRIVILEGES ON *.* TO 'beat'@'%' WITH GRANT OPTION;
CREATE DATABASE IF NOT EXISTS beat;
`

// MariaDB is the MariaDB server. Extra arguments are those of mariadbd.
func MariaDB() Kind {
	return Kind{
		Name:     "mariadb",
		Package:  "mariadb-server",
		programs: []string{"mariadbd", "mariadb-install-db"},
		folders:  []string{"/usr/sbin", "/usr/bin"},
		ports:    1,
		ready:    "mariadbd: ready for connections",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  prepareMariaDB,
		command:  commandMariaDB,
		url: func(s *Server) string {
			return fmt.Sprintf("mysql://beat:beat@%s/beat", address(s.port(0)))
		},
	}
}

func prepareMariaDB(ctx context.Context, s *Server) error {
	accounts := filepath.Join(s.dir, "accounts.sql")
	if err := os.WriteFile(accounts, []byte(mariadbAccounts), 0o600); err != nil {
		return fmt.Errorf("writing the accounts: %w", err)
	}
	if err := os.Mkdir(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		return fmt.Errorf("making a folder for temporary tables: %w", err)
	}
	args := []string{
		"--no-defaults",
		"--datadir=" + filepath.Join(s.dir, "data"),
		"--auth-root-authentication-method=normal",
		"--skip-test-db",
		"--innodb-log-file-size=16M",
	}
	return quietly(exec.CommandContext(ctx, s.kind.find("mariadb-install-db"), append(args, asRoot()...)...))
}

func commandMariaDB(s *Server, args []string) *exec.Cmd {
	data := filepath.Join(s.dir, "data")
	all := []string{
		"--no-defaults",
		"--datadir=" + data,
		// A server that starts removes the temporary tables of all that share the folder, which then crash.
		"--tmpdir=" + filepath.Join(s.dir, "tmp"),
		"--port=" + strconv.Itoa(s.port(0)),
		"--bind-address=" + host,
		"--socket=socket", // relative to the data folder, because the whole path may be too long
		"--pid-file=" + filepath.Join(data, "pid"),
		"--init-file=" + filepath.Join(s.dir, "accounts.sql"),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--max-connections=300",
		"--innodb-log-file-size=16M",
		"--innodb-buffer-pool-size=64M",
		"--innodb-flush-log-at-trx-commit=2", // survives a crash of the server, not of the machine
	}
	all = append(all, asRoot()...)
	return foreground(s.kind.find("mariadbd"), append(all, args...)...)
}

// asRoot returns what lets MariaDB run as root, which it refuses unless told.
func asRoot() []string {
	if root() {
		return []string{"--user=root"}
	}
	return nil
}
