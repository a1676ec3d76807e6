"""The names that tests use in the shell: those of the package's models, and a session on its tables."""

import json
import os
from datetime import datetime, timedelta, timezone
from importlib import import_module

_package = os.environ["SITE_PACKAGE"]
globals().update(vars(import_module(_package + ".models")))
_manager = import_module(_package + ".session").SessionManager()
_engine, Session = _manager.create_session(os.environ["SITE_DATABASE"])
_manager.prepare_models(_engine)
session = Session()


def now(**ahead):
    return datetime.now(timezone.utc) + timedelta(**ahead)


def put(row):
    session.add(row)
    session.commit()
    return row


def task(name, schedule, **columns):
    """Make a task as the package's documentation has it. Its name is its argument, for no message tells it."""
    columns.setdefault("args", json.dumps([name]))
    row = PeriodicTask(name=name, task="site.echo", **columns)
    if hasattr(PeriodicTask, "discriminator"):
        row.schedule_model = schedule
    else:
        setattr(row, type(schedule).__name__[: -len("Schedule")].lower(), schedule)
    return put(row)


def change(name, **columns):
    """Change a task by its model, so that the marker moves."""
    session.expire_all()
    row = session.query(PeriodicTask).filter_by(name=name).one()
    for column, value in columns.items():
        setattr(row, column, value)
    session.commit()


def bulk(name, **columns):
    """Change tasks by one statement, of which the models do not hear."""
    session.query(PeriodicTask).filter(PeriodicTask.name.like(name)).update(columns, synchronize_session=False)
    session.commit()


def remove(name):
    session.delete(session.query(PeriodicTask).filter_by(name=name).one())
    session.commit()


def counts():
    session.expire_all()
    return {p.name: p.total_run_count for p in session.query(PeriodicTask).filter_by(one_off=False)}


def copy(original, **columns):
    """Return the columns of a task, for another one."""
    session.expire_all()
    row = session.query(PeriodicTask).filter_by(name=original).one()
    values = {c.name: getattr(row, c.name) for c in PeriodicTask.__table__.columns if c.name != "id"}
    return {**values, **columns}


def all_tasks():
    session.rollback()  # a transaction of MariaDB goes on seeing what it saw first
    return session.query(PeriodicTask)


def install(name, schedule, args):
    """Write an entry of beat_schedule as the package's scheduler does when it starts."""
    from site_celery import app

    schedulers = import_module(_package + ".schedulers")
    schedulers.ModelEntry.from_entry(name, Session, app=app, task="site.echo", schedule=schedule, args=args)
