import json
import os

from celery import Celery, Task
from flask import Flask, request
from sqlalchemy_celery_beat.models import IntervalSchedule, PeriodicTask
from sqlalchemy_celery_beat.session import SessionManager


def create_app():
    app = Flask(__name__)
    app.config["CELERY"] = {
        "broker_url": os.environ["CELERY_BROKER_URL"],
        "beat_dburi": os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1),
        "task_default_queue": "proj",
        "task_ignore_result": True,
        "beat_schedule": {"hello": {"task": "proj.add", "schedule": 2.0, "args": [1, 1]}},
    }
    celery_init_app(app)

    @app.post("/tasks")
    def new_task():
        wanted = request.get_json()
        with schedules(app) as session:
            every = IntervalSchedule(every=wanted["every"], period="seconds")
            session.add(every)
            session.commit()
            session.add(
                PeriodicTask(
                    name=wanted["name"],
                    task=wanted["task"],
                    args=json.dumps(wanted["args"]),
                    schedule_model=every,
                )
            )
            session.commit()
        return {"name": wanted["name"]}, 201

    return app


def celery_init_app(app):
    """Make Celery's app, as Flask's documentation has it."""

    class FlaskTask(Task):
        def __call__(self, *args, **kwargs):
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask, include=["proj.tasks"])
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app


def schedules(app):
    """Open a session on the tables of sqlalchemy-celery-beat; they are made if they are not there."""
    manager = SessionManager()
    engine, session = manager.create_session(app.config["CELERY"]["beat_dburi"])
    manager.prepare_models(engine)
    return session()
