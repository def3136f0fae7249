"""How a program starts where it is installed: its modules are compiled once, and kept.

A machine may be told to keep no compiled modules (PYTHONDONTWRITEBYTECODE), which costs a second at
each start: that is not the program's. Whoever measures starts once without a watch.
"""

import os

from bench.long_recording import KEPT

KEEPS = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": str(KEPT / "compiled"),
}
"""The environment to start it in."""
