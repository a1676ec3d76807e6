"""An app without a framework: settings, schedule and routes in code, and everything that JSON cannot hold."""
import datetime
import os
import ssl

from celery import Celery
from celery.beat import BeatLazyFunc
from celery.schedules import crontab, schedule, solar
from kombu import Exchange, Queue

print("noise on standard output")

app = Celery("proj", broker=os.environ.get("PROJ_BROKER", "redis://:secret@127.0.0.1:1/0"))


def router(name, args, kwargs, options, task=None, **kw):
    return None


app.conf.update(
    timezone="Europe/Berlin",
    task_default_queue="main",
    task_queues=[Queue("main", Exchange("main"), routing_key="main"), Queue("mail", max_priority=5)],
    task_routes=({"proj.routed": {"queue": "slow", "priority": 4}}, router),
    beat_max_loop_interval=7,
    control_exchange="orders",
    worker_concurrency=3,
    beat_schedule={
        "number": {"task": "proj.mail", "schedule": 30.0, "args": (1, "x")},
        "timedelta": {"task": "proj.mail", "schedule": datetime.timedelta(minutes=2), "kwargs": {"k": None}},
        "fraction": {"task": "proj.mail", "schedule": datetime.timedelta(milliseconds=1500)},
        "relative": {"task": "proj.mail", "schedule": datetime.timedelta(hours=1), "relative": True},
        "schedule": {"task": "proj.mail", "schedule": schedule(datetime.timedelta(seconds=10))},
        "crontab": {"task": "proj.mail", "schedule": crontab(minute="*/5", hour={8, 7}, day_of_week="mon-fri")},
        "options": {
            "task": "proj.routed", "schedule": 60,
            "options": {"expires": datetime.timedelta(minutes=5), "queue": Queue("special"), "headers": {"x": "1"}},
        },
        "lazy": {"task": "proj.mail", "schedule": 60, "args": (BeatLazyFunc(datetime.datetime.now),)},
        "time in arguments": {"task": "proj.mail", "schedule": 60, "kwargs": {"day": datetime.date(2026, 1, 1)}},
        "own function": {"task": "proj.mail", "schedule": crontab(nowfun=datetime.datetime.now)},
    },
)
try:
    app.conf.beat_schedule["solar"] = {"task": "proj.mail", "schedule": solar("sunset", 52.5, 13.4)}
except ModuleNotFoundError:  # ephem, which not everybody has
    pass
if os.environ.get("PROJ_TLS"):
    app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_NONE}
if os.environ.get("PROJ_PARTS"):
    app.conf.update(
        broker_host="mq.example", broker_port=5673, broker_user="u", broker_password="secret", broker_vhost="/app",
        broker_transport="pyamqp",
    )
if os.environ.get("PROJ_HANGS"):
    import threading

    threading.Event().wait()
if os.environ.get("PROJ_FAILS"):
    raise RuntimeError("no route to amqp://user:secret@host//")


@app.task(name="proj.mail", queue="mail", priority=3, expires=90, ignore_result=True)
def mail(*args, **kwargs):
    pass


@app.task(name="proj.routed")
def routed():
    pass
