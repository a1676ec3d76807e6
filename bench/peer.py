"""The app of another scheduler: PEER_ROWS daily tasks whose next run is at PEER_DUE (seconds since 1970). Run as a program it
makes the rows of those that keep them in a database."""
import os
from datetime import datetime, timedelta, timezone

from celery import Celery
from celery.schedules import schedule

kind, rows = os.environ["PEER"], int(os.environ["PEER_ROWS"])
last = datetime.fromtimestamp(float(os.environ["PEER_DUE"]), timezone.utc) - timedelta(days=1)
names = ["t%d" % i for i in range(rows)]

if kind == "django":
    from urllib.parse import urlsplit

    import django
    from django.conf import settings

    url = urlsplit(os.environ["PEER_DATABASE"])
    settings.configure(
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username,
            "PASSWORD": url.password or "", "HOST": url.hostname, "PORT": url.port,
        }},
        INSTALLED_APPS=["django_celery_beat"], USE_TZ=True, TIME_ZONE="UTC", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.timezone, app.conf.enable_utc, app.conf.result_expires = "UTC", True, None
if kind == "celery":
    app.conf.beat_schedule = {
        name: {"task": "bench.many", "schedule": timedelta(days=1), "args": [1, 2], "last_run_at": last} for name in names
    }
if kind == "redbeat":
    app.conf.redbeat_redis_url = os.environ["PEER_STORE"]
    app.conf.redbeat_lock_key = None
if kind == "sqlalchemy":
    app.conf.beat_dburi = os.environ["PEER_DATABASE"].replace("postgres://", "postgresql://")


def make():
    if kind == "django":
        from django.core.management import call_command
        from django_celery_beat.models import IntervalSchedule, PeriodicTask

        call_command("migrate", verbosity=0)
        day = IntervalSchedule.objects.create(every=1, period="days")
        PeriodicTask.objects.bulk_create(
            PeriodicTask(name=n, task="bench.many", args="[1, 2]", interval=day, last_run_at=last) for n in names
        )
    if kind == "redbeat":
        from redbeat import RedBeatSchedulerEntry

        for n in names:
            RedBeatSchedulerEntry(n, "bench.many", schedule(86400), args=[1, 2], last_run_at=last, app=app).save()
    if kind == "sqlalchemy":
        from sqlalchemy_celery_beat.models import IntervalSchedule, Period, PeriodicTask
        from sqlalchemy_celery_beat.session import SessionManager

        manager = SessionManager()
        engine, Session = manager.create_session(app.conf.beat_dburi)
        manager.prepare_models(engine)
        session = Session()
        day = IntervalSchedule(every=1, period=Period.DAYS)
        session.add(day)
        session.flush()
        for n in names:
            session.add(PeriodicTask(name=n, task="bench.many", args="[1, 2]", schedule_model=day, last_run_at=last))
        session.commit()


if __name__ == "__main__":
    make()
