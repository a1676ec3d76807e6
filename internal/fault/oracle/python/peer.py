"""The app of a peer: its schedule is the rows of package history, all of them intervals."""
import json
import os
from datetime import timedelta

from celery import Celery

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.timezone, app.conf.enable_utc = "UTC", True
app.conf.beat_schedule = {
    row["name"]: {
        "task": row["task"],
        "schedule": timedelta(seconds=row["every"]),
        "args": row["args"],
        "options": {"queue": row["queue"]},
    }
    for row in map(json.loads, open(os.environ["PEER_ROWS"]))
}
if "PEER_REDBEAT" in os.environ:
    app.conf.redbeat_redis_url = os.environ["PEER_REDBEAT"]
if "PEER_LOCK" in os.environ:
    app.conf.redbeat_lock_timeout = int(os.environ["PEER_LOCK"])
    app.conf.beat_max_loop_interval = int(os.environ["PEER_LOCK"]) // 2
