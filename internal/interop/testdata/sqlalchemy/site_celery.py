"""The Celery app of a team without Django, with a scheduler for SQLAlchemy. Its task prints what it was given, in one
line of JSON."""

import json
import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab

app = Celery("site")
app.conf.update(
    beat_dburi=os.environ["SITE_DATABASE"],
    beat_schedule=eval(os.environ.get("SITE_SCHEDULE", "{}")),
    task_ignore_result=True,
    result_expires=None,  # else a row of its own is added, celery.backend_cleanup
)


@app.task(bind=True, name="site.echo")
def echo(self, *args, **kwargs):
    seen = {
        "name": self.request.get("periodic_task_name"),
        "scheduled": self.request.get("beat_scheduled_for"),
        "args": args,
        "kwargs": kwargs,
        "color": self.request.get("color"),
        "beat": self.request.get("beat"),
    }
    print("RUN " + json.dumps(seen), flush=True)
