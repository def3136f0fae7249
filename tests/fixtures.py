"""Paths of recorded data beside the checkout; a test that needs it skips where it is absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = Path(os.environ.get("WVATUI_TEST_FIXTURES", str(ROOT.parent / "shared" / "fixtures")))


def shared(name: str) -> Path:
    """The path of a piece of recorded data; skips the test, with a message, where it is absent."""
    path = FIXTURES / name
    if not path.exists():
        pytest.skip(f"recorded data not beside this checkout: {name}")
    return path
