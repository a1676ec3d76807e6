package testenv_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/process"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

func TestPostgreSQLGivesEachCallADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := testenv.PostgreSQL(t), testenv.PostgreSQL(t)
	postgres(t, one, "CREATE TABLE t (n int)")
	postgres(t, one, "INSERT INTO t VALUES (42)")

	connection, err := pgx.Connect(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	var got int
	if err := connection.QueryRow(t.Context(), "SELECT n FROM t").Scan(&got); err != nil || got != 42 {
		t.Errorf("SELECT n = %d, %v; want 42", got, err)
	}
	postgres(t, other, "CREATE TABLE t (n int)") // would exist already in the same database
}

func TestMariaDBGivesEachCallADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := mariadb(t, testenv.MariaDB(t)), mariadb(t, testenv.MariaDB(t))
	for _, statement := range []string{"CREATE TABLE t (s text)", "INSERT INTO t VALUES ('Grüße 🥁')"} {
		if _, err := one.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	if err := one.QueryRowContext(t.Context(), "SELECT s FROM t").Scan(&got); err != nil || got != "Grüße 🥁" {
		t.Errorf("SELECT s = %q, %v; want %q", got, err, "Grüße 🥁")
	}
	if _, err := other.ExecContext(t.Context(), "CREATE TABLE t (s text)"); err != nil {
		t.Errorf("the other database is not empty: %v", err)
	}
}

func TestRedisGivesEachCallANumberOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := redisClient(t, testenv.Redis(t)), redisClient(t, testenv.Redis(t))
	if err := one.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := one.Get(t.Context(), "key").Result(); err != nil || got != "value" {
		t.Errorf("GET key = %q, %v; want %q", got, err, "value")
	}
	if size, err := other.DBSize(t.Context()).Result(); err != nil || size != 0 {
		t.Errorf("the other database has %d keys, %v; want none", size, err)
	}
}

func TestRabbitMQGivesEachCallAVirtualHostOfItsOwn(t *testing.T) {
	t.Parallel()
	one, other := channel(t, testenv.RabbitMQ(t)), channel(t, testenv.RabbitMQ(t))
	if _, err := one.QueueDeclare("queue", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := one.PublishWithContext(t.Context(), "", "queue", false, false, amqp.Publishing{Body: []byte("body")}); err != nil {
		t.Fatal(err)
	}
	deliveries, err := one.ConsumeWithContext(t.Context(), "queue", "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string((<-deliveries).Body); got != "body" {
		t.Errorf("received %q, want %q", got, "body")
	}
	var refused *amqp.Error
	if _, err := other.QueueDeclarePassive("queue", true, false, false, false, nil); !errors.As(err, &refused) ||
		refused.Code != amqp.NotFound {
		t.Errorf("queue in the other virtual host: %v, want it not found", err)
	}
}

func TestRabbitMQAPIListsTheVirtualHost(t *testing.T) {
	t.Parallel()
	broker, err := url.Parse(testenv.RabbitMQ(t))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, testenv.RabbitMQAPI(t)+"/api/vhosts", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var hosts []struct{ Name string }
	if err := json.NewDecoder(response.Body).Decode(&hosts); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(broker.Path, "/")
	if !slices.ContainsFunc(hosts, func(h struct{ Name string }) bool { return h.Name == want }) {
		t.Errorf("virtual hosts %v, want %q among them", hosts, want)
	}
}

// TestPrivateServers stops, kills and pauses a server of each kind and looks whether clients notice and durable data
// stays.
func TestPrivateServers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		start func(testing.TB, ...string) *server.Server
		args  []string
		write func(testing.TB, string)
		read  func(testing.TB, string) string
	}{
		{
			name: "postgres", start: testenv.StartPostgreSQL, args: []string{"-c", "fsync=on"},
			write: func(t testing.TB, url string) {
				t.Helper()
				postgres(t, url, "CREATE TABLE kept AS SELECT 'kept' AS word")
			},
			read: func(t testing.TB, url string) string {
				t.Helper()
				connection, err := pgx.Connect(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				defer connection.Close(context.Background())
				var word string
				if err := connection.QueryRow(t.Context(), "SELECT word FROM kept").Scan(&word); err != nil {
					t.Fatal(err)
				}
				return word
			},
		},
		{
			name: "mariadb", start: testenv.StartMariaDB,
			write: func(t testing.TB, url string) {
				t.Helper()
				if _, err := mariadb(t, url).ExecContext(t.Context(), "CREATE TABLE kept AS SELECT 'kept' AS word"); err != nil {
					t.Fatal(err)
				}
			},
			read: func(t testing.TB, url string) string {
				t.Helper()
				var word string
				if err := mariadb(t, url).QueryRowContext(t.Context(), "SELECT word FROM kept").Scan(&word); err != nil {
					t.Fatal(err)
				}
				return word
			},
		},
		{
			name: "redis", start: testenv.StartRedis, args: []string{"--appendonly", "yes", "--appendfsync", "always"},
			write: func(t testing.TB, url string) {
				t.Helper()
				if err := redisClient(t, url).Set(t.Context(), "word", "kept", 0).Err(); err != nil {
					t.Fatal(err)
				}
			},
			read: func(t testing.TB, url string) string {
				t.Helper()
				return redisClient(t, url).Get(t.Context(), "word").Val()
			},
		},
		{
			name: "rabbitmq", start: testenv.StartRabbitMQ, args: []string{"heartbeat = 5"},
			write: func(t testing.TB, url string) {
				t.Helper()
				if _, err := channel(t, url).QueueDeclare("kept", true, false, false, false, nil); err != nil {
					t.Fatal(err)
				}
			},
			read: func(t testing.TB, url string) string {
				t.Helper()
				queue, err := channel(t, url).QueueDeclarePassive("kept", true, false, false, false, nil)
				if err != nil {
					t.Fatal(err)
				}
				return queue.Name
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := test.start(t, test.args...)
			test.write(t, s.URL())
			ends := map[string]func() error{"Stop": s.Stop, "Kill": s.Kill}
			if test.name == "rabbitmq" {
				delete(ends, "Kill") // a start takes it seconds of both processors, and killing is alike for all
			}
			for name, end := range ends {
				if err := end(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if err := s.Pause(); !errors.Is(err, process.ErrNotRunning) {
					t.Errorf("Pause after %s: %v, want ErrNotRunning", name, err)
				}
				if err := s.Start(t.Context()); err != nil {
					t.Fatalf("Start after %s: %v\n%s", name, err, s.Log())
				}
				if got := test.read(t, s.URL()); got != "kept" {
					t.Errorf("after %s and Start: %q, want %q", name, got, "kept")
				}
			}
			if err := errors.Join(s.Pause(), s.Continue()); err != nil {
				t.Fatal(err)
			}
			if got := test.read(t, s.URL()); got != "kept" {
				t.Errorf("after Pause and Continue: %q, want %q", got, "kept")
			}
		})
	}
}

func TestPausedServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := testenv.StartRedis(t)
	options, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	options.ReadTimeout, options.MaxRetries = 100*time.Millisecond, -1
	client := redis.NewClient(options)
	defer client.Close()

	if err := errors.Join(client.Ping(t.Context()).Err(), s.Pause()); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := client.Ping(t.Context()).Err(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("answer of the paused server: %v, want none in time", err)
	}
	if err := s.Continue(); err != nil {
		t.Fatal(err)
	}
	if err := redisClient(t, s.URL()).Ping(t.Context()).Err(); err != nil {
		t.Errorf("answer after Continue: %v", err)
	}
}

func postgres(t testing.TB, url, statement string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func mariadb(t testing.TB, address string) *sql.DB {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User, config.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	config.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func redisClient(t testing.TB, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

func channel(t testing.TB, url string) *amqp.Channel {
	t.Helper()
	connection, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	c, err := connection.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
