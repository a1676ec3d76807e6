"""Records the statements by which django-celery-beat makes its tables, migration by migration.

Run with the Python of the test environment "django", in internal/interop/testdata/django, once for each database:

    DATABASE_URL=postgresql://… python generate.py > postgres.sql

"-- migration NAME" begins the statements of a migration.
"""

import os
import sys

import django

sys.path.insert(0, ".")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
django.setup()

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

executor = MigrationExecutor(connection)
leaf = executor.loader.graph.leaf_nodes("django_celery_beat")
applied = dict(executor.loader.applied_migrations)
for migration, _ in executor.migration_plan(leaf):
    state = executor.loader.project_state((migration.app_label, migration.name), at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    print("-- migration", migration.name)
    for line in editor.collected_sql:
        if not line.startswith("--"):
            print(line)
