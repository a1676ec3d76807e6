"""Runs Python that comes on standard input, a JSON string a line, in the project, and says DONE or FAILED after each."""

import json
import os
import sys
import traceback

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()

scope = {}
exec(
    "from datetime import datetime, timedelta, timezone\n"
    "from django.core.management import call_command\n"
    "from django_celery_beat.models import *\n",
    scope,
)
print("READY", flush=True)
for line in sys.stdin:
    try:
        exec(json.loads(line), scope)
        print("DONE", flush=True)
    except Exception:
        traceback.print_exc()
        print("FAILED", flush=True)
