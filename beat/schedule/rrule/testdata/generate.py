"""Records what python-dateutil says about recurrence rules: python3 generate.py > rrule.jsonl

Each line holds an expression, a zone, an instant, and the instants that follow it. The rules are walked on the wall clock
of the zone; zones with clock changes only stand beside rules and instants far from a change, since dateutil has no rule
of its own for those."""
import json
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil import rrule as R

rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 20261121)
FREQS = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY']
DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
ZONES = ['UTC', 'Asia/Kolkata', 'Asia/Tokyo', 'America/Bogota', 'Africa/Lagos', 'Pacific/Honolulu']
FIRST = datetime(1970, 1, 5)


def pick(values, most=3):
    return sorted(rng.sample(list(values), rng.randint(1, most)))


def rule():
    freq = rng.choice(FREQS)
    parts = ['FREQ=' + freq]
    if rng.random() < .5:
        parts.append('INTERVAL=%d' % rng.choice([1, 2, 3, 5, 7, 10, 15, 90]))
    if rng.random() < .25:
        parts.append('BYMONTH=' + ','.join(map(str, pick(range(1, 13)))))
    if rng.random() < .25 and freq != 'WEEKLY':
        parts.append('BYMONTHDAY=' + ','.join(map(str, pick([1, 5, 15, 28, 31, -1, -3]))))
    if rng.random() < .35:
        days = pick(DAYS)
        if freq in ('MONTHLY', 'YEARLY') and rng.random() < .5:
            days = [rng.choice(['1', '2', '-1', '+3']) + d for d in days]
        parts.append('BYDAY=' + ','.join(days))
    if rng.random() < .1 and freq == 'YEARLY':
        parts.append('BYWEEKNO=' + ','.join(map(str, pick([1, 20, 52, 53, -1]))))
    if rng.random() < .1 and freq == 'YEARLY':
        parts.append('BYYEARDAY=' + ','.join(map(str, pick([1, 100, 200, 366, -1]))))
    if rng.random() < .4:
        parts.append('BYHOUR=' + ','.join(map(str, pick(range(24)))))
    if rng.random() < .3:
        parts.append('BYMINUTE=' + ','.join(map(str, pick(range(60)))))
    if rng.random() < .15:
        parts.append('BYSECOND=' + ','.join(map(str, pick(range(60)))))
    if rng.random() < .15 and any(p.startswith('BY') for p in parts) and freq in ('MONTHLY', 'YEARLY', 'WEEKLY'):
        parts.append('BYSETPOS=' + ','.join(map(str, pick([1, 2, -1], 2))))
    if rng.random() < .1:
        parts.append('WKST=' + rng.choice(DAYS))
    return parts


def redbeat(text, start):
    """The same rule as RedBeat would keep it."""
    r = R.rrulestr(text, dtstart=start)
    out = {'__type__': 'rrule', 'freq': r._freq, 'interval': r._interval, 'wkst': r._wkst, 'count': r._count,
           'dtstart': int(start.replace(tzinfo=timezone.utc).timestamp()), 'dtstart_tz': 0}
    for key, value in r._original_rule.items():
        if value is not None and key != 'byweekday':
            out[key] = list(value)
        elif value is not None:
            out[key] = [{'__type__': 'weekday', 'wkday': d.weekday, 'n': d.n} if d.n else d.weekday for d in value]
    return json.dumps(out)


def cases(total):
    made = 0
    while made < total:
        parts, zone = rule(), rng.choice(ZONES)
        start = FIRST
        lines = []
        if rng.random() < .5:
            start = datetime(2024, 1, 1) + timedelta(seconds=rng.randrange(3 * 365 * 86400))
            if rng.random() < .2:
                parts.append('COUNT=%d' % rng.randint(1, 20))
            elif rng.random() < .2:
                parts.append('UNTIL=' + (start + timedelta(days=rng.randrange(1, 800))).strftime('%Y%m%dT%H%M%S'))
            lines.append('DTSTART:' + start.strftime('%Y%m%dT%H%M%S'))
        text = ';'.join(parts)
        after = datetime(2026, 1, 1) + timedelta(seconds=rng.randrange(2 * 365 * 86400))
        if 'SECONDLY' in text or 'MINUTELY' in text or 'HOURLY' in text:
            if start == FIRST:  # dateutil would walk for decades
                continue
            after = start + timedelta(seconds=rng.randrange(5 * 86400))
        try:
            r = R.rrulestr(text, dtstart=start)
        except ValueError:
            continue
        wall, found = after, []
        if rng.random() < .3 and made % 3 == 0:
            expression = redbeat(text, start) if 'UNTIL' not in text else None
            zone = 'UTC' if expression else zone
        else:
            expression = None
        for _ in range(4):
            wall = r.after(wall)
            if wall is None:
                break
            found.append(wall)
        if not found and 'COUNT' not in text and 'UNTIL' not in text:
            continue
        zi = ZoneInfo(zone)
        utc = lambda t: t.replace(tzinfo=zi).astimezone(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
        yield {'expression': expression or '\n'.join(lines + ['RRULE:' + text] if lines else [text]), 'zone': zone,
               'after': utc(after), 'next': [utc(t) for t in found], 'ended': len(found) < 4}
        made += 1


for case in cases(800):
    print(json.dumps(case))
