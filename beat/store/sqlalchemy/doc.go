// Package sqlalchemy is a store over the tables of sqlalchemy-celery-beat and of celery-sqlalchemy-scheduler, from which
// it stems: package foreign with their layouts. Their models, whatever edits rows through them, and plain SQL go on
// editing the tables, and their schedulers can take over at any time.
//
// # Times
//
// PostgreSQL holds instants. In MySQL, MariaDB and SQLite SQLAlchemy writes times without a zone, which are read and
// written as UTC here: so does sqlalchemy-celery-beat, while celery-sqlalchemy-scheduler has them in the zone of the app,
// which must be UTC therefore. In MySQL and MariaDB they are whole seconds.
package sqlalchemy
