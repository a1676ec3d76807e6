"""A Django project with django-celery-beat and its admin pages, on the database that SITE_DATABASE or DATABASE_URL names."""

import os
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pymysql
from celery.schedules import crontab

# What mysqlclient's place is taken by must call itself as new as Django asks for.
pymysql.version_info = (2, 2, 8, "final", 0)
pymysql.install_as_MySQLdb()

_url = urlsplit(os.environ.get("SITE_DATABASE") or os.environ["DATABASE_URL"])
_engine = {"postgresql": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}[_url.scheme]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends." + _engine,
        "NAME": _url.path[1:],
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _url.hostname or "",
        "PORT": _url.port or "",
    }
}
if _engine == "sqlite3":
    # A transaction that becomes a writer in the middle cannot wait for another writer.
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}
SECRET_KEY = "for tests"
USE_TZ = True
TIME_ZONE = "UTC"
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django_celery_beat",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "site_urls"
CELERY_TASK_IGNORE_RESULT = True
# The default would add a row of its own, celery.backend_cleanup.
CELERY_RESULT_EXPIRES = None
CELERY_BEAT_SCHEDULE = eval(os.environ.get("SITE_SCHEDULE", "{}"))
