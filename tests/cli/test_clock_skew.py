"""A session measures its clock skew by the API server's Date header, and uses that time."""

import json
import time
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

from tests.kube.server import says, served
from wvatui.cli import live
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.session.live import LiveSession

EXACT_S = 0.01
"""How exactly two clocks of one machine agree, and figures are rounded, in seconds."""


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


class Headed(NamedTuple):
    """What a session began with. A busy machine may take any time between two looks at a clock, so
    a figure is known between two."""

    header: ev.Header
    least_s: float
    most_s: float
    """How far the session's own clock is behind, at least and at most."""
    took_s: float
    """The time that connecting took."""


async def headed(folder: Path, behind_s: float | None = 0.0, *, headless: bool = True) -> Headed:
    """The beginning of a session whose API server's clock is `behind_s` behind (None: it sends no
    Date)."""

    async def version(request: web.Request) -> web.StreamResponse:
        date = "soon" if behind_s is None else formatdate(time.time() - behind_s, usegmt=True)
        return await says({"gitVersion": "v1.34.0"}, date=date)(request)

    async with served() as server:
        server.on("/version", version)
        asked = WatchRequest(
            kubeconfig=kubeconfig(folder, server.url), headless=headless, no_record=True
        )
        session = LiveSession(lambda session: connect(asked, session))
        begun = time.time()
        wired = await connect(asked, session)
        before, now, after = time.time(), wired.clock.now(), time.time()
        await wired.close()
        await wired.clock.aclose()
    return Headed(wired.header, before - now - EXACT_S, after - now + EXACT_S, before - begun)


@pytest.mark.parametrize("headless", [True, False], ids=["headless", "on the screen"])
@pytest.mark.parametrize(("ahead_s", "side"), [(300, "ahead of"), (-300, "behind")])
async def test_an_api_server_that_has_another_time_gives_the_session_its_time(
    tmp_path: Path, ahead_s: int, side: str, headless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FIRST_ANSWER_S", 120.0)
    header, least_s, most_s, took_s = await headed(tmp_path, ahead_s, headless=headless)
    assert header.server == "v1.34.0"
    assert header.ahead_s is not None
    certain_s = abs(header.ahead_s)
    assert abs(ahead_s) - 0.5 - took_s - EXACT_S <= certain_s <= abs(ahead_s) + 0.5 + EXACT_S
    assert least_s <= header.ahead_s <= most_s
    assert header.started_at == header.at
    later_s = header.recorded_at - header.started_at - header.ahead_s
    assert -EXACT_S <= later_s <= took_s + EXACT_S
    skewed = findings(fold(EMPTY, [header, ev.Tick(header.at)]))
    assert [f.rule for f in skewed] == ["clock-skew"]
    assert f"s {side} the cluster" in skewed[0].title


@pytest.mark.parametrize("behind_s", [0.0, None], ids=["agree", "cannot be read"])
async def test_clocks_that_agree_or_cannot_be_read_leave_this_machines_time(
    tmp_path: Path, behind_s: float | None
) -> None:
    header, least_s, most_s, _ = await headed(tmp_path, behind_s)
    assert header.skew_s is None
    assert least_s <= 0.0 <= most_s


async def test_a_screen_begins_without_the_time_of_a_cluster_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FIRST_ANSWER_S", 0.0)
    header, least_s, most_s, _ = await headed(tmp_path, 300.0, headless=False)
    assert (header.ahead_s, header.server) == (None, "")
    assert least_s <= 0.0 <= most_s
