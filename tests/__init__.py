"""Tests of wvatui, and what they have in common."""

import os
import sys

# Here, since what is imported later would be compiled in each of hundreds of processes. A process
# with `-B` in its command line writes none.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
