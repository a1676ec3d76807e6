// Package testenv gives tests real servers and real Celery.
//
//	url := testenv.PostgreSQL(t) // a new, empty database
//	python := testenv.Celery(t, testenv.Newest)
//	worker := python.StartWorker(t, testenv.WorkerConfig{Dir: "testdata/app", App: "app", Env: …})
//
// PostgreSQL, MariaDB, Redis and RabbitMQ give a test a place of its own in a server that all tests share: a database,
// a Redis database number, a virtual host. StartPostgreSQL and its siblings start a whole server that the test alone
// uses and may stop, kill and pause; StartSentinels and StartRedisCluster start several that belong together. Valkey is used
// when BEAT_TEST_VALKEY_URL names one or it is installed. MongoDB gives a database in FerretDB, which the go command builds, and
// DynamoDB a table in moto, from PyPI; BEAT_TEST_MONGODB_URL and BEAT_TEST_DYNAMODB_URL name real ones.
//
// The shared servers are, in this order:
//   - those named by BEAT_TEST_POSTGRES_URL, BEAT_TEST_MARIADB_URL, BEAT_TEST_REDIS_URL, BEAT_TEST_RABBITMQ_URL and
//     BEAT_TEST_RABBITMQ_API_URL. "make test" starts servers and sets these; a person may name any other server;
//   - else one that the test binary starts on first use and that ends with it.
//
// A test whose server or Python environment is absent is skipped with the reason, or fails when BEAT_TEST_REQUIRE=1.
//
// Nothing sleeps or polls here: readiness is a line that a server or worker prints, read by a blocking read.
package testenv
