"""Prints the events that real Celery workers send, one JSON object a line, until none comes for ten seconds.

    python record_events.py amqp://guest:guest@localhost:5672// > worker-events.jsonl

While it runs, start and stop a worker: celery -A proj worker --task-events --without-gossip --without-mingle
"""

import json
import socket
import sys

from kombu import Connection, Consumer, Exchange, Queue


def show(message):
    print(json.dumps({
        "body": message.body, "headers": message.headers, "content_type": message.content_type,
        "delivery_mode": message.properties["delivery_mode"], "routing_key": message.delivery_info["routing_key"],
    }), flush=True)


with Connection(sys.argv[1]) as connection, connection.channel() as channel:
    exchange = Exchange("celeryev", type="topic")
    queue = Queue("", exchange=exchange, routing_key="worker.#", exclusive=True, auto_delete=True)
    with Consumer(channel, [queue], on_message=show, no_ack=True):
        try:
            while True:
                connection.drain_events(timeout=10)
        except socket.timeout:
            pass
