"""The Celery app of a team with RedBeat. Its task prints what it was given, in one line of JSON."""

import json
import os

from celery import Celery

app = Celery("site")
app.conf.update(
    redbeat_redis_url=os.environ["SITE_REDBEAT"],
    redbeat_key_prefix="site:",
    beat_max_loop_interval=1,
    task_ignore_result=True,
    result_expires=None,  # else an entry of its own is added, celery.backend_cleanup
    beat_schedule={
        "static": {"task": "site.echo", "schedule": 3600.0, "args": ["static"]},
    },
)


@app.task(bind=True, name="site.echo")
def echo(self, *args, **kwargs):
    seen = {
        "name": self.request.get("periodic_task_name"),
        "scheduled": self.request.get("beat_scheduled_for"),
        "args": args,
        "kwargs": kwargs,
        "color": self.request.get("color"),
    }
    print("RUN " + json.dumps(seen), flush=True)
