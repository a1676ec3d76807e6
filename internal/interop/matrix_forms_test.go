package interop_test

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/testenv"
)

// form is one way to send a task: what its row holds, and what its worker must see.
type form struct {
	name     string
	protocol int

	task                    string
	serializer, compression string
	exchangeType            string
	queue, exchange, key    string
	priority                *int
	repeated                bool          // sent every second instead of once
	after                   time.Duration // sent so much later

	toExchange, toKey string
	toPriority        int
	unroutable        bool // gets to no queue, as beat reports
	unreadOnRedis     bool // ends in a list there that no worker reads
}

// What stands in the cells in which no task runs. Celery's own beat does no better there.
const (
	cellUnroutable = "no such exchange"
	cellUnread     = "lost, as by Celery" // on Redis a producer takes the exchange of a Broadcast queue for a direct one
	cellUnsigned   = "other signature"    // Celery 5.2 packs what is signed in another form than the newest
)

// refusedBy tells whether a worker of the release does not take the form.
func (f form) refusedBy(version testenv.Version) bool {
	return f.serializer == "auth" && version == testenv.Old
}

// forms returns all of them: each serializer with each compression, then routes, then protocol 1.
func forms() []form {
	var out []form
	for _, s := range []string{"json", "msgpack", "yaml", "auth"} {
		for _, c := range []string{"", "gzip", "zlib", "bzip2", "lzma", "zstd", "brotli"} {
			out = append(out, form{name: s + " " + cmp.Or(c, "uncompressed"), serializer: s, compression: c, toKey: "celery"})
		}
	}
	five := 5
	out = append(out,
		form{name: "default queue", toKey: "celery"},
		form{name: "queue", queue: "mail", toKey: "mail"},
		form{name: "queue, priority", queue: "urgent", priority: &five, toKey: "urgent", toPriority: 5},
		form{name: "exchange, routing key", exchange: "office", key: "r.daily", toExchange: "office", toKey: "r.daily"},
		form{name: "task_routes: name", task: "matrix.exact", toKey: "exact"},
		form{name: "task_routes: glob", task: "matrix.many.one", toKey: "globbed"},
		form{name: "task_routes: list, priority", task: "matrix.listed", toKey: "mail", toPriority: 3},
		form{name: "task_routes: topic", task: "matrix.sport", toExchange: "news", toKey: "sport.chess"},
		form{name: "topic, routing key", queue: "sports", key: "sport.golf", toExchange: "news", toKey: "sport.golf"},
		form{
			name: "topic, exchange only", exchange: "news", key: "sport.judo", exchangeType: "topic",
			toExchange: "news", toKey: "sport.judo",
		},
		form{
			name: "exchange of others, topic", exchange: "weather", key: "rain.today", exchangeType: "topic",
			unroutable: true,
		},
		form{name: "fanout", queue: "audit", repeated: true, toExchange: "trail", toKey: "celery"},
		form{name: "broadcast", queue: "everyone", repeated: true, unreadOnRedis: true, toExchange: "everyone", toKey: "celery"},
	)
	for i := range out {
		out[i].protocol = 2
	}
	for _, s := range []string{"json", "msgpack", "yaml", "auth"} {
		out = append(out, form{name: "protocol 1, " + s, protocol: 1, serializer: s, toKey: "celery"})
	}
	return append(out, form{name: "protocol 1, zstd", protocol: 1, compression: "zstd", toKey: "celery"})
}

// options returns the value of the column options.
func (f form) options(t *testing.T) string {
	t.Helper()
	options := map[string]string{}
	for name, value := range map[string]string{
		"serializer": f.serializer, "compression": f.compression, "exchange_type": f.exchangeType,
	} {
		if value != "" {
			options[name] = value
		}
	}
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// problem says what the worker should have seen; empty when it is right.
func (f form) problem(got taken) string {
	contentType := contentTypes[cmp.Or(f.serializer, "json")]
	if f.protocol == 1 {
		contentType = "" // Celery's workers do not tell it then
	}
	for _, v := range []struct{ what, got, want string }{
		{"args", fmt.Sprint(got.Args), fmt.Sprint([]any{f.name, 1.5})},
		{"kwargs", string(got.Kwargs), `{"\u043a\u043b\u044e\u0447": [null, true]}`},
		{"task", got.Task, cmp.Or(f.task, "matrix.echo")},
		{"exchange", got.Exchange, f.toExchange},
		{"routing key", got.RoutingKey, f.toKey},
		{"content type", deref(got.ContentType), contentType},
		{"compression", deref(got.Compression), contentTypes[f.compression]},
		{"color", deref(got.Color), "blue"},
		{"priority", strconv.Itoa(deref(got.Priority)), strconv.Itoa(f.toPriority)},
	} {
		if v.got != v.want {
			return fmt.Sprintf("%s %s, want %s", v.what, v.got, v.want)
		}
	}
	return ""
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// contentTypes are those that kombu registers.
var contentTypes = map[string]string{
	"json": "application/json", "msgpack": "application/x-msgpack", "yaml": "application/x-yaml", "auth": "application/data",
	"gzip": "application/x-gzip", "zlib": "application/x-gzip", "bzip2": "application/x-bz2",
	"lzma": "application/x-lzma", "zstd": "application/zstd", "brotli": "application/x-brotli",
}

// signingFiles returns the paths of a key and of a certificate that signs itself.
func signingFiles(t *testing.T) (keyFile, certificateFile string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: "beat"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("key.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), write("cert.pem", "CERTIFICATE", certificate)
}
