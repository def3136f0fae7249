"""The environment of measured programs, in which their modules are compiled once and kept.

A machine may be configured to keep no compiled modules (PYTHONDONTWRITEBYTECODE), which costs a
second at each start that is not the program's fault. A benchmark starts the program once untimed.
"""

import os

from bench.long_recording import KEPT

KEEPS = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPYCACHEPREFIX": str(KEPT / "compiled"),
}
"""The environment to start the program in."""
