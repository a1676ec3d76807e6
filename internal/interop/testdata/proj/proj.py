"""What the workers of the interop tests run: each task prints what it was given, in one line of JSON."""

import json
import os

from celery import Celery
from kombu import Exchange, Queue

app = Celery("proj")
app.conf.task_serializer = os.environ.get("PROJ_SERIALIZER", "json")
app.conf.accept_content = [app.conf.task_serializer]
app.conf.control_exchange = os.environ.get("PROJ_CONTROL_EXCHANGE", "celery")
app.conf.task_queues = [
    Queue("celery"),
    Queue("mail"),
    Queue("reports", Exchange("office", type="direct"), routing_key="r.daily"),
]


@app.task(bind=True, name="proj.echo")
def echo(self, *args, **kwargs):
    seen = {
        "name": self.request.get("periodic_task_name"),
        "args": args,
        "kwargs": kwargs,
        "routing_key": self.request.delivery_info["routing_key"],
        "priority": self.request.delivery_info.get("priority"),
        "color": self.request.get("color"),
    }
    print("RUN " + json.dumps(seen), flush=True)
