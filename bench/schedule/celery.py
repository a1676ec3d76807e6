"""Times Celery's schedules: reads one JSON object a line, answers with the median nanoseconds of a call."""
import json
import statistics
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import crontab, solar

app = Celery()


def schedule(case, now):
    if 'event' in case:
        return solar(case['event'], case['latitude'], case['longitude'], app=app, nowfun=lambda: now)
    minute, hour, dom, moy, dow = case['crontab'].split()
    s = crontab(minute, hour, dow, dom, moy, app=app, nowfun=lambda: now)
    s.tz = ZoneInfo(case['timezone'])
    return s


for line in sys.stdin:
    case = json.loads(line)
    now = datetime.fromisoformat(case['after'].replace('Z', '+00:00')).astimezone(ZoneInfo(case['timezone']))
    s = schedule(case, now)
    s.remaining_estimate(now)
    took = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < .3:
        t = time.perf_counter_ns()
        s.remaining_estimate(now)
        took.append(time.perf_counter_ns() - t)
    print(statistics.median(took), flush=True)
