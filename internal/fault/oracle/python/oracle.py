"""The instants that Celery's own schedule classes expect.

    python oracle.py FROM TO < rows.jsonl > expected.jsonl

FROM and TO are Unix microseconds; rows and answers are those of package history. An interval begins with a run at its
start and counts from each run; a crontab of every minute is shifted by its second, which Celery does not have.
"""
import json
import sys
from datetime import datetime, timedelta, timezone

from celery import Celery
from celery.schedules import crontab, schedule

app = Celery("oracle", set_as_current=False)
app.conf.timezone, app.conf.enable_utc = "UTC", True
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICRO = timedelta(microseconds=1)


def instant(micro):
    return EPOCH + micro * MICRO


def micros(at):
    return (at - EPOCH) // MICRO


def next_run(rule, last):
    """The first run after the last one, seen at the moment of the last one."""
    rule.nowfun = lambda: last
    return last + rule.remaining_estimate(last)


def interval(row, begin, end):
    rule = schedule(run_every=row["every"], app=app)
    at = instant(row["start"])
    while at <= end:
        if at >= begin:
            yield at
        at = next_run(rule, at)


def minutely(row, begin, end):
    rule, shift = crontab(app=app), timedelta(seconds=row.get("second", 0))
    first = max(begin, instant(row["start"]))
    at = next_run(rule, first - shift - MICRO)
    while at + shift <= end:
        yield at + shift
        at = next_run(rule, at)


def main():
    begin, end = (instant(int(a)) for a in sys.argv[1:])
    for line in sys.stdin:
        row = json.loads(line)
        runs = interval if row.get("every") else minutely
        print(json.dumps({"name": row["name"], "at": [micros(at) for at in runs(row, begin, end)]}))


main()
