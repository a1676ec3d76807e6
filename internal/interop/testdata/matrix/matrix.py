"""What the workers of the matrix run: each task prints what it was given and how it came, in one line of JSON."""

import json
import os

from celery import Celery
from celery.signals import task_received
from kombu import Exchange, Queue
from kombu.common import Broadcast

app = Celery("matrix")
app.conf.update(
    security_key=os.environ["BEAT_SECURITY_KEY"],
    security_certificate=os.environ["BEAT_SECURITY_CERTIFICATE"],
    security_cert_store=os.environ["BEAT_SECURITY_CERTIFICATE"],
    task_serializer="auth",
    accept_content=["auth"],
)
app.setup_security(allowed_serializers=["json", "msgpack", "yaml"])
app.conf.accept_content = ["auth", "json", "msgpack", "yaml"]  # setup_security insists on auth alone
app.conf.task_queues = [
    Queue("celery"),
    Queue("mail"),
    Queue("exact"),
    Queue("globbed"),
    Queue("urgent", max_priority=10),
    Queue("reports", Exchange("office", type="direct"), routing_key="r.daily"),
    Queue("sports", Exchange("news", type="topic"), routing_key="sport.*"),
    Queue("audit", Exchange("trail", type="fanout")),
    Broadcast("everyone"),
]

content_types = {}


@task_received.connect
def note(request, **_):
    content_types[request.id] = request.content_type


def echo(self, *args, **kwargs):
    info = self.request.delivery_info
    print("RUN " + json.dumps({
        "args": args,
        "kwargs": kwargs,
        "task": self.name,
        "exchange": info["exchange"],
        "routing_key": info["routing_key"],
        "priority": info.get("priority"),
        "content_type": content_types.pop(self.request.id),
        "compression": self.request.get("compression"),
        "color": self.request.get("color"),
    }), flush=True)


for name in ("matrix.echo", "matrix.exact", "matrix.many.one", "matrix.listed", "matrix.sport"):
    app.task(echo, bind=True, name=name)
