"""The names that tests use in the shell."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()

from datetime import datetime, timedelta, timezone

from django.core.management import call_command
from django_celery_beat.models import *
