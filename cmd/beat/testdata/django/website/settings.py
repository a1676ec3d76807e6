from celery.schedules import crontab
from django.utils.translation import gettext_lazy

SECRET_KEY = "test"
INSTALLED_APPS = ["shop"]
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "shop"
CELERY_TASK_ROUTES = {"shop.tasks.*": "orders"}
CELERY_RESULT_BACKEND = "file:///tmp"
CELERY_BEAT_SCHEDULE = {
    "orders": {"task": "shop.tasks.orders", "schedule": crontab(minute=30, hour="*/6"), "args": [gettext_lazy("hello")]},
}
