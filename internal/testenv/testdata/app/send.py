"""Sends one task and prints its result."""

from app import add

print(add.delay(20, 22).get(timeout=60))
