"""What several tests of sources need."""

import pytest


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers is waited for one or two seconds of real time: for tests in which
    something hangs, since on a slow machine other answers may take as long."""
    monkeypatch.setattr("wvatui.session.live.LISTED_S", 2.0)
    monkeypatch.setattr("wvatui.kube.stepped.HOLD_GRACE_S", 1.0)
