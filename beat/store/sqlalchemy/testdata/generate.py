"""Records the statements by which a scheduler for SQLAlchemy makes its tables, one a line.

Run with a Python that has a release of the package and the drivers, once for each database and release, adding to one
file for each database:

    python generate.py sqlalchemy_celery_beat postgresql+psycopg2:// >> postgres.sql

"-- tables of PACKAGE" begins the statements of a release.
"""

import importlib
import sys
from importlib.metadata import version

from sqlalchemy import MetaData, create_mock_engine
from sqlalchemy.schema import SetColumnComment

package, url = sys.argv[1:]
importlib.import_module(package + ".models")
declared = importlib.import_module(package + ".session").ModelBase.metadata
tables = MetaData()
for table in declared.sorted_tables:
    table.to_metadata(tables, schema=None)  # the schema there stands for one that is named later


def show(statement, *args, **kwargs):
    if not isinstance(statement, SetColumnComment):
        print(" ".join(str(statement.compile(dialect=engine.dialect)).split()))


distribution = package.replace("_", "-")
print("-- tables of", distribution, version(distribution))
engine = create_mock_engine(url, show)
tables.create_all(engine, checkfirst=False)
