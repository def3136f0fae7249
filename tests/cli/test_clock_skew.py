"""The clock skew of a session without a screen, measured by the API server's Date header."""

import json
import time
from email.utils import formatdate
from math import floor
from pathlib import Path

import pytest

from tests.kube.server import says, served
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.session.live import LiveSession


def kubeconfig(folder: Path, server: str) -> str:
    path = folder / "config"
    context = {"name": "test", "context": {"cluster": "c", "user": "u", "namespace": "ns"}}
    content = {
        "current-context": "test",
        "contexts": [context],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
    }
    path.write_text(json.dumps(content))
    return str(path)


async def headed(folder: Path, date: str) -> ev.Header:
    """The header of a session whose API server says that it is `date`."""
    async with served() as server:
        server.on("/version", says({"gitVersion": "v1.34.0"}, date=date))
        asked = WatchRequest(
            kubeconfig=kubeconfig(folder, server.url), headless=True, no_record=True
        )
        session = LiveSession(lambda session: connect(asked, session))
        wired = await connect(asked, session)
        await wired.close()
        await wired.clock.aclose()
    return wired.header


@pytest.mark.parametrize(("ahead_s", "side"), [(300, "ahead of"), (-300, "behind")])
async def test_a_date_header_that_differs_is_the_clock_skew_of_the_session(
    tmp_path: Path, ahead_s: int, side: str
) -> None:
    before = time.time()
    header = await headed(tmp_path, formatdate(floor(before) - ahead_s, usegmt=True))
    assert header.server == "v1.34.0"
    assert header.ahead_s is not None
    assert ahead_s - 0.5 <= header.ahead_s <= ahead_s + 0.5 + time.time() - before
    skewed = findings(fold(EMPTY, [header, ev.Tick(header.at)]))
    assert [f.rule for f in skewed] == ["clock-skew"]
    assert f"s {side} the cluster" in skewed[0].title


async def test_a_date_header_that_is_no_date_tells_no_skew(tmp_path: Path) -> None:
    assert (await headed(tmp_path, "soon")).ahead_s is None
