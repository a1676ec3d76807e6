"""A Celery app for the tests of the test environment. Its broker and result backend come from the environment."""

import celery

app = celery.Celery("app")


@app.task
def add(x, y):
    return x + y
