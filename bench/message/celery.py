"""Times how Celery makes messages: reads one JSON object a line, answers with the median nanoseconds of a message."""
import json
import statistics
import sys
import time
from uuid import uuid4

from celery import Celery
from kombu.serialization import dumps

app = Celery()
app.conf.task_protocol = 2
task_id = str(uuid4())


def message(case):
    m = app.amqp.as_task_v2(task_id, case['task'], case['args'], case['kwargs'], expires=case.get('expires'), origin='gen1@host')
    return m, dumps(m.body, serializer='json')


for line in sys.stdin:
    case = json.loads(line)
    message(case)
    took = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < .5:
        t = time.perf_counter_ns()
        message(case)
        took.append(time.perf_counter_ns() - t)
    print(statistics.median(took), flush=True)
