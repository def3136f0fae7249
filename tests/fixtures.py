"""Where real recorded data may lie, beside the checkout; a test that wants it skips without it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = Path(os.environ.get("WVATUI_TEST_FIXTURES", str(ROOT.parent / "shared" / "fixtures")))


def shared(name: str) -> Path:
    """Path of one piece of recorded data; skips the test, saying so, where it is absent."""
    path = FIXTURES / name
    if not path.exists():
        pytest.skip(f"recorded data not beside this checkout: {name}")
    return path
