"""The app that Flower is started with. Flower stays as it is; the app prints a line after each event that Flower has
taken in, so that a test can wait for it by reading."""

from celery import Celery
from flower.events import EventsState

app = Celery("watched")
take = EventsState.event


def take_and_tell(self, event):
    take(self, event)
    print("TOOK", event["type"], event["hostname"], event.get("uuid"), flush=True)


EventsState.event = take_and_tell
