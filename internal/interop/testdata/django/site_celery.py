"""The project's Celery app, as its documentation has it. Each task prints what it was given, in one line of JSON."""

import json
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
app = Celery("site")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(bind=True, name="site.echo")
def echo(self, *args, **kwargs):
    seen = {
        "name": self.request.get("periodic_task_name"),
        "scheduled": self.request.get("beat_scheduled_for"),
        "args": args,
        "kwargs": kwargs,
        "routing_key": self.request.delivery_info["routing_key"],
        "priority": self.request.delivery_info.get("priority"),
        "color": self.request.get("color"),
        "beat": self.request.get("beat"),
        "schema": self.request.get("_schema_name") or "",
    }
    print("RUN " + json.dumps(seen), flush=True)
