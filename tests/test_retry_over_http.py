"""A viewer can request a retry at once, without waiting for the next one."""

from pathlib import Path

from tests.cluster import Bare, served
from wvatui.cli.live import WatchRequest, connect
from wvatui.session.live import LiveSession

NS = Bare.namespace


async def test_every_source_that_was_refused_asks_again_when_a_person_wants_it(
    tmp_path: Path,
) -> None:
    bare = Bare()
    bare.deployment("m")
    bare.pod("m-0", app="m")
    async with served(tmp_path, made=bare) as here:
        asked = WatchRequest(
            kubeconfig=str(here.kubeconfig),
            headless=True,
            duration=25.0,
            no_record=True,
            namespace=NS,
        )
        session = LiveSession(lambda session: connect(asked, session), duration_s=25.0)
        access = here.server.context.access
        seen: list[set[str]] = []

        def statuses() -> None:
            sources = session.latest.sources.values()
            seen.append({health.source for health in sources if health.status == "denied"})

        def given() -> None:
            statuses()
            access.denied.clear()
            session.retry()

        access.deny("list", "pods")
        access.deny("list", "events")
        here.at(20.0, given)
        try:
            await session.run()
        finally:
            await session.aclose()
        statuses()
    assert {"workloads", "events"} <= seen[0]
    assert seen[1] == set()
