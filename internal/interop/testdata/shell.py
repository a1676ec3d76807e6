"""Runs Python that comes on standard input, a JSON string a line, among the names of a module of the folder, and says
DONE or FAILED after each."""

import importlib
import json
import sys
import traceback

sys.path.insert(0, ".")
scope = vars(importlib.import_module(sys.argv[1]))
print("READY", flush=True)
for line in sys.stdin:
    try:
        exec(json.loads(line), scope)
        print("DONE", flush=True)
    except Exception:
        traceback.print_exc()
        print("FAILED", flush=True)
