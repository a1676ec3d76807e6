"""The names that tests use in the shell: those of RedBeat, and its app."""

from datetime import datetime, timedelta, timezone

from celery.schedules import crontab, schedule
from redbeat import RedBeatSchedulerEntry
from redbeat.schedulers import get_redis
from redbeat.schedules import rrule

from site_celery import app

RedBeatSchedulerEntry(name="nobody", app=app)  # which gives the app its redbeat_conf
client = get_redis(app)


def now(**ahead):
    return datetime.now(timezone.utc) + timedelta(**ahead)


def task(name, run, **fields):
    """Make an entry as the package's documentation has it. Its name is its argument, for no message tells it."""
    fields.setdefault("args", [name])
    return RedBeatSchedulerEntry(name, "site.echo", run, app=app, **fields).save()


def entry(name):
    return RedBeatSchedulerEntry.from_key("site:" + name, app=app)


def names():
    return [key[len("site:"):] for key in client.zrange("site::schedule", 0, -1)]


def counts():
    metas = {name: RedBeatSchedulerEntry.load_meta("site:" + name, app=app) for name in names()}
    return {name: meta.get("total_run_count", 0) for name, meta in metas.items()}
