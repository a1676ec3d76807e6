package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asProgram makes the test binary the program itself, so that tests run the real main with its signals and exit codes.
const asProgram = "BEAT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program returns the program with a database of its own in dir, which is also where it runs.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Args[0] = "beat"
	cmd.Dir = dir
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "CELERY_BROKER_URL=redis://:secret@127.0.0.1:1/0"}
	return cmd
}

// running is a program that was started.
type running struct {
	*exec.Cmd
	out  *bufio.Reader
	seen bytes.Buffer
}

func start(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	p := &running{Cmd: cmd, out: bufio.NewReader(r)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		r.Close()
	})
	return p
}

// wait blocks until a line with the text is printed.
func (p *running) wait(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := p.out.ReadString('\n')
		p.seen.WriteString(line)
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("ended without %q:\n%s", text, p.seen.String())
		}
	}
}

// end returns the exit code, and -1 after a signal that was not caught.
func (p *running) end(t *testing.T) int {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	p.seen.Write(rest)
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

func (p *running) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSignalsEndWithZero(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := start(t, program(t, t.TempDir(), "-A", "proj", "--app-import=no", "beat", "-l", "info"))
		p.wait(t, "beat: Starting...")
		p.signal(t, s)
		if code := p.end(t); code != 0 || !strings.Contains(p.seen.String(), "stopped") {
			t.Errorf("%s: exit code %d\n%s", s, code, p.seen.String())
		}
		if strings.Contains(p.seen.String(), "secret") {
			t.Errorf("shows the password:\n%s", p.seen.String())
		}
	}
}

// A named pipe blocks until both ends are open, so it tells when the program opens its log.
func pipe(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// follow opens the log and reads until a line with the text.
func follow(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) // later, for a log without a reader kills its writer
	var seen strings.Builder
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return
		}
		seen.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("%s ended without %q:\n%s", path, text, seen.String())
}

func TestLogIsOpenedAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "beat.log")
	pipe(t, log)
	p := start(t, program(t, dir, "beat", "--logfile", "beat.log"))
	follow(t, log, "beat: Starting...")
	for _, s := range []struct {
		sent syscall.Signal
		text string
	}{{syscall.SIGUSR1, "the log was opened anew"}, {syscall.SIGHUP, "settings read again"}} {
		if err := os.Rename(log, log+"."+s.sent.String()); err != nil {
			t.Fatal(err)
		}
		pipe(t, log)
		p.signal(t, s.sent)
		follow(t, log, s.text)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.seen.String())
	}
}

func TestPidfileIsHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pidfile := filepath.Join(dir, "beat.pid")
	// The process of another program lives under that number, which tells nothing: pid 1 lives in each container.
	if err := os.WriteFile(pidfile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := start(t, program(t, dir, "beat", "--pidfile", "beat.pid"))
	first.wait(t, "beat: Starting...")
	if text, err := os.ReadFile(pidfile); err != nil || string(text) != strconv.Itoa(first.Process.Pid)+"\n" {
		t.Errorf("pidfile: %q, %v", text, err)
	}
	second := start(t, program(t, dir, "beat", "--pidfile", "beat.pid"))
	want := "beat: pidfile beat.pid is held by process " + strconv.Itoa(first.Process.Pid)
	if code := second.end(t); code != 73 || !strings.Contains(second.seen.String(), want) {
		t.Errorf("second: exit code %d\n%s", code, second.seen.String())
	}
	first.signal(t, os.Kill)
	first.end(t)
	third := start(t, program(t, dir, "beat", "--pidfile", "beat.pid"))
	third.wait(t, "beat: Starting...")
	third.signal(t, syscall.SIGTERM)
	if code := third.end(t); code != 0 {
		t.Errorf("after a killed one: exit code %d\n%s", code, third.seen.String())
	}
	if _, err := os.Stat(pidfile); !os.IsNotExist(err) {
		t.Errorf("the pidfile is left behind: %v", err)
	}
}

// In a container the process has the same number after each restart.
func TestPidfileWithOwnNumber(t *testing.T) {
	t.Parallel()
	cmd := program(t, t.TempDir())
	self := cmd.Path
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `echo $$ >beat.pid; exec "$0" beat --pidfile beat.pid`, self}
	p := start(t, cmd)
	p.wait(t, "beat: Starting...")
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.seen.String())
	}
}

func TestDetach(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	// A relative workdir must not be taken twice, by the process that starts and by the one that was started.
	p := start(t, program(t, dir, "-A", "proj", "--app-import=no", "--workdir", "sub", "beat", "--detach", "--pidfile", "beat.pid", "-f", "beat.log"))
	if code := p.end(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.seen.String())
	}
	pidfile, err := os.Open(filepath.Join(dir, "sub", "beat.pid"))
	if err != nil {
		t.Fatal(err)
	}
	defer pidfile.Close()
	text, err := io.ReadAll(pidfile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid == p.Process.Pid {
		t.Fatalf("pidfile %q, %v", text, err)
	}
	if session, err := unix.Getsid(pid); err != nil || session != pid {
		t.Errorf("session %d of process %d, %v", session, pid, err)
	}

	again := start(t, program(t, filepath.Join(dir, "sub"), "beat", "--detach", "--pidfile", "beat.pid"))
	if code := again.end(t); code != 73 || !strings.Contains(again.seen.String(), "is held by process "+strconv.Itoa(pid)) {
		t.Errorf("again: exit code %d\n%s", code, again.seen.String())
	}

	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(pidfile.Fd()), syscall.LOCK_EX); err != nil { // blocks until the process has ended
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, "sub", "beat.log"))
	for _, want := range []string{"beat: Starting...", "msg=stopped"} {
		if err != nil || !strings.Contains(string(log), want) {
			t.Errorf("no %q in the log, %v:\n%s", want, err, log)
		}
	}
}

func TestDetachSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"setting": {"beat", "--detach", "-l", "loud"},
		"later":   {"beat", "--detach", "-f", "no/such/folder/log"},
	} {
		p := start(t, program(t, t.TempDir(), args...))
		code := p.end(t)
		if want := map[string]int{"setting": 2, "later": 1}[name]; code != want || !strings.Contains(p.seen.String(), "beat: ") {
			t.Errorf("%s: exit code %d, want %d\n%s", name, code, want, p.seen.String())
		}
	}
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can change to another user")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // the other user writes there
		t.Fatal(err)
	}
	for form, by := range map[string]struct{ args, env []string }{
		"flags":     {args: []string{"--uid", "nobody", "--umask", "027"}},
		"numbers":   {args: []string{"--uid", nobody.Uid, "--gid", nobody.Gid, "--umask=027"}},
		"variables": {env: []string{"CELERY_BEAT_UID=nobody", "CELERY_BEAT_UMASK=027"}},
	} {
		cmd := program(t, dir, append([]string{"beat", "--database-url", "memory://", "-f", form + ".log"}, by.args...)...)
		cmd.Env = append(cmd.Env, by.env...)
		p := start(t, cmd)
		p.wait(t, "Tables that are missing")
		p.signal(t, syscall.SIGTERM)
		if code := p.end(t); code != 0 {
			t.Errorf("%s: exit code %d\n%s", form, code, p.seen.String())
		}
		info, err := os.Stat(filepath.Join(dir, form+".log"))
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; strconv.Itoa(int(owner)) != nobody.Uid || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: the log is of %d with %s", form, owner, info.Mode())
		}
	}
}

func TestWorkdir(t *testing.T) {
	t.Parallel()
	for form, by := range map[string]struct{ args, env []string }{
		"before beat":      {args: []string{"--workdir", "sub", "beat"}},
		"after beat":       {args: []string{"beat", "--workdir=sub"}},
		"variable":         {args: []string{"beat"}, env: []string{"CELERY_WORKDIR=sub"}},
		"variable of beat": {args: []string{"beat"}, env: []string{"CELERY_BEAT_WORKDIR=sub"}},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := program(t, dir, append(by.args, "-f", "beat.log")...)
		cmd.Env = append(cmd.Env, by.env...)
		p := start(t, cmd)
		p.wait(t, "Tables that are missing")
		p.signal(t, syscall.SIGTERM)
		p.end(t)
		if _, err := os.Stat(filepath.Join(dir, "sub", "beat.log")); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// Under the name celery only beat is served, so that the program never shadows the rest of Celery.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"celery", []string{"-A", "proj", "worker"}, 2, `beat: "worker" is not served`},
		{"/usr/local/bin/celery", []string{"--version"}, 0, "gobeat "},
		{"celery", []string{"beat", "--version"}, 0, "gobeat "},
		{"celery-beat", []string{"--loglevel", "loud"}, 2, "loglevel"},
		{"celerybeat", []string{"--version"}, 0, "gobeat "},
		{"beat", []string{"beat", "--version"}, 0, "gobeat "},
	} {
		cmd := program(t, t.TempDir(), tt.args...)
		cmd.Args[0] = tt.name
		p := start(t, cmd)
		if code := p.end(t); code != tt.code || !strings.Contains(p.seen.String(), tt.want) {
			t.Errorf("%s %q: exit code %d\n%s", tt.name, tt.args, code, p.seen.String())
		}
	}
}
