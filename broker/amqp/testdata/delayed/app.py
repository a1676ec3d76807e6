"""A worker with quorum queues: it declares the exchanges and queues of Celery's native delayed delivery."""

from celery import Celery

app = Celery("app")
app.conf.update(
    task_default_queue_type="quorum",
    task_default_exchange_type="topic",
    task_ignore_result=True,
)


@app.task(name="proj.say", bind=True)
def say(self, word):
    print(f"RUN {word} by {self.request.delivery_info['exchange']}")
