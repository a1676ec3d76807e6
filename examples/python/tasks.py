"""A Celery application for trying gobeat out. It knows nothing of gobeat: workers stay as they are."""

import os

from celery import Celery

app = Celery("tasks", broker=os.environ.get("CELERY_BROKER_URL", "amqp://guest:guest@localhost:5672//"))


@app.task
def add(x, y):
    print(f"add({x}, {y}) = {x + y}", flush=True)
    return x + y


@app.task(bind=True)
def echo(self, *args, **kwargs):
    """Shows its arguments and the headers that tell a task which run it is."""
    run = {key: self.request.get(key) for key in ("periodic_task_name", "beat_scheduled_for")}
    print(f"echo args={args!r} kwargs={kwargs!r} run={run!r}", flush=True)
