"""The replica ladder: decision → HPA/KEDA desired → spec → ready → serving, as time passes.

Five different numbers that people take for one. Each tick of the clock reads them for every
variant and keeps them where one changed, so that each rung's lag can be seen and measured.
"""

from collections.abc import Iterable

from wvatui.core.kube_object import NamespacedName
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.links import Link, ready_replicas, wanted
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import Rungs
from wvatui.core.structs import replace


def climb(builder: StateBuilder, at: float) -> None:
    """Note the rungs of every variant at `at`, where one differs from before."""
    limit = at - fresh_s(builder.header)
    links = builder.links
    for link in links:
        key = link.key
        before = builder.ladder.newest(key)
        rungs = _rungs(builder, link, key, at if before is None else before.at, limit)
        if rungs != before:
            builder.ladder.append(key, replace(rungs, at=at))
    if len(builder.ladder.names) > len(links):
        _leave(builder, links, at)


def _leave(builder: StateBuilder, links: Iterable[Link], at: float) -> None:
    """End the ladders of variants that no object declares any more: unknown from `at` on."""
    declared = {link.key for link in links}
    for key in sorted(builder.ladder.names - declared):
        before = builder.ladder.newest(key)
        if before is not None and before != Rungs(at=before.at):
            builder.ladder.append(key, Rungs(at=at))


def _believed(link: Link) -> int | None:
    """The HPA's `currentReplicas`, where its target could not be read."""
    return link.hpa.current if link.workload is None and link.hpa is not None else None


def _rungs(
    builder: StateBuilder, link: Link, key: NamespacedName, at: float, limit: float
) -> Rungs:
    deciding = builder.deciding.current
    decided = deciding.get(key) or deciding.get(("", link.name)) if deciding else None
    if decided is not None and decided.context:
        decided = None  # decisions from before T+0 are still being read back
    workload = link.workload
    serving = builder.answering(link.pods, limit)
    if serving and link.unready_workers:
        serving -= builder.answering(link.unready_workers, limit) or 0
    return Rungs(
        at=at,
        target=decided.target if decided else None,
        desired=wanted(link.hpa),
        spec=workload.spec if workload else None,
        ready=ready_replicas(link, builder.pods.current, builder.gone.current),
        serving=serving,
        current=decided.current if decided else _believed(link),
    )
