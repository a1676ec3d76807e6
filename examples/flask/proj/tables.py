"""Makes the tables of schedules: python -m proj.tables."""

from proj import create_app, schedules

schedules(create_app()).close()
