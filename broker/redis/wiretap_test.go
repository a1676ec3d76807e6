package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A wiretap stands between a publisher and its server and reads the commands of the publisher.
type wiretap struct {
	listener net.Listener
	target   string
	work     sync.WaitGroup

	mu    sync.Mutex
	seen  [][]string
	conns []net.Conn
}

// newWiretap returns the URL that goes through the wiretap.
func newWiretap(t testing.TB, url string) (*wiretap, string) {
	t.Helper()
	target, _, _ := strings.Cut(strings.TrimPrefix(url, "redis://"), "/")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wiretap{listener: listener, target: target}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		listener.Close()
		w.end()
		w.work.Wait()
	})
	return w, strings.Replace(url, target, listener.Addr().String(), 1)
}

// commands returns what was seen, without what only prepares a connection.
func (w *wiretap) commands() [][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(w.seen, func(c []string) bool {
		return slices.Contains([]string{"HELLO", "SELECT", "CLIENT", "INFO", "PING"}, strings.ToUpper(c[0]))
	})
}

func (w *wiretap) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
}

func (w *wiretap) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).Dial("tcp", w.target)
		if err != nil {
			client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		w.work.Go(func() {
			defer client.Close()
			_, _ = io.Copy(client, server) // the error is the end of the connection
		})
		w.work.Go(func() {
			defer server.Close()
			w.listen(bufio.NewReader(client), server)
		})
	}
}

// listen passes on whole commands. Each is noted before, so that whoever saw the server's answer finds it.
func (w *wiretap) listen(client *bufio.Reader, server io.Writer) {
	for {
		command, err := readCommand(client)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.seen = append(w.seen, command)
		w.mu.Unlock()
		if _, err := server.Write(encodeCommand(command)); err != nil {
			return
		}
	}
}

func readCommand(r *bufio.Reader) ([]string, error) {
	n, err := readLength(r, '*')
	if err != nil {
		return nil, err
	}
	out := make([]string, n)
	for i := range out {
		size, err := readLength(r, '$')
		if err != nil {
			return nil, err
		}
		text := make([]byte, size+2)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		out[i] = string(text[:size])
	}
	return out, nil
}

func readLength(r *bufio.Reader, mark byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != mark {
		return 0, fmt.Errorf("got %q, want %c", line, mark)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

func encodeCommand(command []string) []byte {
	out := fmt.Appendf(nil, "*%d\r\n", len(command))
	for _, word := range command {
		out = fmt.Appendf(out, "$%d\r\n%s\r\n", len(word), word)
	}
	return out
}

// effects returns the commands that scripts carry out in place of their calls. A call by digest that the server did not
// know yet, so that the source followed, counts once.
func effects(commands [][]string) [][]string {
	var out [][]string
	for i, c := range commands {
		switch strings.ToUpper(c[0]) {
		case "EVALSHA", "EVAL":
			if i+1 < len(commands) && strings.EqualFold(c[0], "evalsha") && slices.Equal(commands[i+1][2:], c[2:]) {
				continue
			}
			out = append(out, script(c)...)
		default:
			out = append(out, append([]string{strings.ToUpper(c[0])}, c[1:]...))
		}
	}
	return out
}

// script reads the keys and arguments of one call: as publish.lua does, or bind.lua.
func script(call []string) [][]string {
	n, err := strconv.Atoi(call[2])
	if err != nil {
		return [][]string{call}
	}
	keys, args := call[3:3+n], call[3+n:]
	if strings.HasSuffix(keys[len(keys)-1], "_kombu.binding_deadlines") {
		return [][]string{{"SADD", keys[0], args[0]}, {"ZADD", keys[1], "GT", args[2], args[1]}}
	}
	var out [][]string
	for a := 5; a < len(args); a += 3 {
		target, text := args[a+1], args[a+2]
		switch target[0] {
		case 'c', 'e':
			out = append(out, []string{"PUBLISH", target[1:], text})
		case 'x':
			out = append(out, []string{"PEXPIRE", keys[number(target[1:])-1], text})
		default:
			out = append(out, []string{"LPUSH", keys[number(target)-1], text})
		}
	}
	return out
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}
