"""Whole sessions of clusters with faults lose nothing and record nothing twice.

The simulated API server provokes each fault; the recording is compared with what the cluster did.
"""

from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import MANAGER, Served, Watched, served
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.queries.health.health_rows import health
from wvatui.sim import faults
from wvatui.sim.api.context import AccessRules
from wvatui.sim.controllers.wva.wva_leader import LEASE

LOG = r"/log\?"

SELDOM_S = 10.0
"""The interval of scrapes in seconds: long, where a test is about logs and objects."""


def strike(cluster: Served, kind: str, **more: Any) -> None:
    """Cut the stream of the log; its next requests run into a fault."""
    cluster.fault(kind, LOG, **more)
    cluster.server.context.streams.cut("/log", "eof")


def whole(watched: Watched, cluster: Served, pod: str) -> None:
    """Assert that the session has every line of the pod's log once and in order, up to the end."""
    got, written = watched.lines(pod), cluster.written(pod)
    assert len(got) > 20
    assert got == written[: len(got)]
    # Nothing but what was written at the very end may be missing.
    assert len(written) - len(got) <= 12
    assert watched.of(ev.Gap) == []


CUTS: list[tuple[str, dict[str, Any]]] = [
    ("eof", {"after_bytes": 700}),
    ("eof", {"after_bytes": 4_001, "times": 3}),
    ("reset", {"after_bytes": 2_000}),
    ("close", {"after_bytes": 2_000}),
    ("slow", {"bytes_per_s": 60_000.0}),
    ("split", {}),
    ("401", {}),
    ("429", {"retry_after_s": 3}),
    ("500", {"times": 3}),
    ("503", {}),
]


@pytest.mark.usefixtures("impatient")
async def test_no_line_of_the_log_is_lost_or_doubled_by_one_fault_after_another(
    tmp_path: Path,
) -> None:
    """Each path through the follower once: an end within a line, a torn connection, credentials, a
    requested wait, a failing server, an answer that never comes, pieces of lines."""
    ways = [*(CUTS[n] for n in (1, 2, 6, 7, 8)), ("hang", {}), CUTS[5]]
    async with served(tmp_path) as cluster:
        for number, (kind, more) in enumerate(ways):
            cluster.at(10 + 15 * number, partial(strike, cluster, kind, **more))
        watched = await cluster.watch(125.0, interval=SELDOM_S, request_timeout=5.0)
        planned = cluster.server.context.faults.told()
        assert [fault["hits"] for fault in planned] == [3, 1, 1, 1, 3, 1, 1]
        whole(watched, cluster, cluster.leader)
        told = watched.health("log")
        assert any("timed out" in text for _, text in told)
        assert told[-1][0] == "ok"


# Each alone and at the first request; the test above has the same paths in one session.
@pytest.mark.parametrize(("kind", "more"), sampled(CUTS, []))
async def test_no_line_of_the_log_is_lost_or_doubled_by(
    tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    async with served(tmp_path) as cluster:
        fault = cluster.fault(kind, LOG, **more)
        watched = await cluster.watch(120.0, interval=SELDOM_S)
        assert fault.hits
        whole(watched, cluster, cluster.leader)
        assert watched.health("log")[-1][0] == "ok"


async def test_a_followed_log_that_is_cut_in_the_middle_of_a_run_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        for second, kind in ((45, "eof"), (60, "reset"), (75, "eof"), (75.5, "reset")):
            cluster.at(second, partial(cluster.server.context.streams.cut, "/log", kind))
        whole(await cluster.watch(100.0, interval=SELDOM_S), cluster, cluster.leader)


REFUSED = [("403", "denied"), ("404", "waiting"), ("410", "retrying"), ("500", "retrying")]


async def test_a_log_that_cannot_be_opened_for_a_while_says_why_and_misses_nothing(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as cluster:
        start = cluster.cluster.timeline.start
        for number, (kind, _) in enumerate(REFUSED):
            at = 30.0 + 40.0 * number
            refuse = partial(strike, cluster, kind, times=None, until=start + at + 20.0)
            cluster.at(at, refuse)
        watched = await cluster.watch(200.0, interval=SELDOM_S)
        told = [word for word, _ in groupby(word for word, _ in watched.health("log"))]
        assert told == ["starting", "ok", *(word for _, said in REFUSED for word in (said, "ok"))]
        whole(watched, cluster, cluster.leader)


async def test_credentials_that_are_refused_for_a_while_cost_no_line(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:

        def refuse() -> None:
            cluster.fault("401", times=None, until=cluster.cluster.timeline.now + 20)
            cluster.server.context.streams.cut("/log|watch", "eof")

        cluster.at(40, refuse)
        watched = await cluster.watch(90.0, interval=SELDOM_S)
        for source in ("log", "workloads", "pods"):
            words = [word for word, _ in watched.health(source)]
            assert "denied" in words, source
            assert words[-1] == "ok", source
        whole(watched, cluster, cluster.leader)
        assert seen(watched) == truth(cluster)


async def test_a_history_that_was_compacted_while_a_watch_was_cut_is_listed_again(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="stair-step") as cluster:

        def compact() -> None:
            cluster.server.context.streams.cut("watch", "reset")
            store = cluster.cluster.store
            store.patch("Deployment", "llm-d-sim", "llama-8b-h100", _to_two)
            store.forget_history()

        cluster.at(50, compact)
        watched = await cluster.watch(75.0, interval=SELDOM_S)
        assert seen(watched) == truth(cluster)
        spec = [
            w.spec for w in watched.of(ev.Workload) if w.at - cluster.cluster.timeline.start < 53
        ]
        assert 2 in spec


def _to_two(deployment: dict[str, Any]) -> None:
    deployment["spec"]["replicas"] = 2


async def test_a_log_that_falls_silent_is_opened_again(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        cluster.at(40, lambda: cluster.server.context.streams.cut("/log", "idle"))
        watched = await cluster.watch(180.0, interval=SELDOM_S)
        whole(watched, cluster, cluster.leader)


async def test_a_restarted_controller_is_read_to_its_end_and_from_its_new_beginning(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as cluster:
        where = cluster.cluster.controller_namespace

        def restart() -> None:
            pod = cluster.leader
            faults.restart_container(
                cluster.cluster.store, cluster.cluster.logbook, where, pod, MANAGER
            )

        cluster.at(45, restart)
        watched = await cluster.watch(90.0, interval=SELDOM_S)
        (notice,) = [n for n in watched.of(ev.Notice) if n.code == "restart"]
        pod = notice.text.rpartition(" ")[2]
        previous = cluster.cluster.logbook.previous(where, pod, MANAGER)
        assert previous is not None
        before = [line.wire(True).decode().rstrip("\n") for line in previous.read()]
        after = cluster.written(pod)
        got = watched.lines(pod)
        assert got[: len(before)] == before
        assert got[len(before) :] == after[: len(got) - len(before)]
        assert len(got) > len(before) + 5
        assert watched.of(ev.Gap) == []


async def test_the_log_moves_with_the_leader(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        where = cluster.cluster.controller_namespace
        before: list[str] = []

        def elect_the_other() -> None:
            before.append(cluster.leader)
            pods = [p["metadata"]["name"] for p in cluster.cluster.store.list("Pod", where)]
            other = next(name for name in pods if name != cluster.leader)
            faults.change_leader(cluster.cluster.store, where, LEASE, f"{other}_new")

        cluster.at(45, elect_the_other)
        watched = await cluster.watch(150.0, interval=SELDOM_S)
        old, new = before[0], cluster.leader
        assert old != new
        notices = [n.text for n in watched.of(ev.Notice) if n.code == "leader-change"]
        assert notices == [f"leader changed from {old} to {new}"]
        for pod in (old, new):
            got, written = watched.lines(pod), cluster.written(pod)
            # Lines of the new leader from before it led are not recorded.
            begin = written.index(got[0])
            assert got == written[begin : begin + len(got)]
            assert len(written) - begin - len(got) <= 12
        assert "successfully acquired lease" in watched.lines(new)[0]
        assert len(watched.lines(new)) > 10
        assert watched.of(ev.Gap) == []


async def test_a_line_of_two_megabytes_is_cut_and_the_next_ones_are_whole(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        where = cluster.cluster.controller_namespace
        cluster.at(
            50, lambda: faults.long_line(cluster.cluster.logbook, where, cluster.leader, MANAGER)
        )
        watched = await cluster.watch(70.0, interval=SELDOM_S)
        long = [event for event in watched.of(ev.Log) if event.cut]
        assert len(long) == 1
        assert len(long[0].line) + long[0].cut > 1_999_000
        got, written = watched.lines(cluster.leader), cluster.written(cluster.leader)
        assert [line[:200] for line in got] == [line[:200] for line in written[: len(got)]]


# --- objects and pods -------------------------------------------------------------------------


def truth(cluster: Served) -> set[tuple[str, int, int]]:
    """(name, spec, ready) of the cluster's model Deployments."""
    return {
        (d["metadata"]["name"], d["spec"]["replicas"], d["status"].get("readyReplicas", 0))
        for d in cluster.cluster.store.list("Deployment", cluster.cluster.namespace)
        if "epp" not in d["metadata"]["name"]
    }


def seen(watched: Watched) -> set[tuple[str, int, int]]:
    return {(w.name, w.spec, w.ready or 0) for w in watched.state.workloads.values()}


WRONGS: list[tuple[str, str, dict[str, Any]]] = [
    ("500", r"/deployments\?limit", {"times": 2}),
    ("429", r"/pods\?limit", {"retry_after_s": 2}),
    ("401", r"/deployments", {}),
    ("410", r"/pods\?.*watch=true", {"times": 2}),
    ("expire", r"/deployments\?.*watch=true", {"times": 2}),
    ("eof", r"/pods\?.*watch=true", {"after_bytes": 900, "times": 2}),
    ("reset", r"/deployments\?.*watch=true", {"after_bytes": 300, "times": 2}),
    ("split", r"watch=true", {"times": None}),
    ("hang", r"/horizontalpodautoscalers\?", {}),
    ("slow", r"/pods\?limit", {"bytes_per_s": 40_000.0}),
]
SOME = [WRONGS[n] for n in (0, 3, 4, 6, 8, 7)]


# All at once: a failing list, a watch that is too old at once and one that is too old later, a torn
# connection, an answer that never comes, pieces of lines. In a sweep each also alone.
@pytest.mark.parametrize(
    "wrongs", sampled([SOME, *([wrong] for wrong in WRONGS)], [SOME]), ids=lambda each: each[0][0]
)
@pytest.mark.usefixtures("impatient")
async def test_the_objects_are_right_again_after(
    tmp_path: Path, wrongs: list[tuple[str, str, dict[str, Any]]]
) -> None:
    async with served(tmp_path, scenario="stair-step") as cluster:
        faults = [cluster.fault(kind, path, **more) for kind, path, more in wrongs]
        watched = await cluster.watch(120.0, interval=SELDOM_S, request_timeout=5.0)
        assert all(fault.hits >= (fault.times or 1) for fault in faults)
        assert seen(watched) == truth(cluster)
        alive = {p["metadata"]["name"] for p in cluster.cluster.store.list("Pod", "llm-d-sim")}
        state = watched.state
        known = {name for name in state.pods if name not in state.gone}
        assert {n for n in known if n.startswith("llama")} == {
            n for n in alive if n.startswith("llama")
        }


async def test_a_crd_that_is_not_installed_is_simply_absent(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        cluster.server.context.catalogue.crds.clear()
        watched = await cluster.watch(20.0, interval=SELDOM_S)
        assert watched.health("variants")[-1][0] == "absent"
        assert watched.health("autoscalers")[-1][0] == "ok"
        assert seen(watched) == truth(cluster)


@pytest.mark.parametrize(("scenario", "installed"), [("hpa-only", False), ("keda-epp", True)])
async def test_what_of_wva_may_not_be_read_is_no_trouble_where_its_kind_is_not_installed(
    tmp_path: Path, scenario: str, installed: bool
) -> None:
    access = AccessRules()
    for resource in ("leases.coordination.k8s.io", "configmaps"):
        access.deny("*", resource)
    async with served(tmp_path, access=access, scenario=scenario) as cluster:
        if not installed:
            cluster.server.context.catalogue.crds.clear()
        state = (await cluster.watch(30.0, controller_namespace="a", interval=SELDOM_S)).state
    assert state.sources["controller"].status == "denied"
    levels = {row.source: row.level for row in health(state)}
    rights = [each.title for each in findings(state) if each.rule == "missing-rights"]
    assert (levels["controller"], levels["configmaps"]) == (
        ("bad",) * 2 if installed else ("off",) * 2
    )
    assert len(rights) == (2 if installed else 0)


RIGHTS = {
    ("get", "pods/proxy"): ("pods", "get", "pods/proxy"),
    ("list", "events"): ("events", "list", "events"),
    ("get", "pods/log"): ("log", "get", "pods/log"),
    ("list", "deployments"): ("workloads", "list", "deployments.apps"),
    ("watch", "horizontalpodautoscalers"): (
        "autoscalers",
        "watch",
        "horizontalpodautoscalers.autoscaling",
    ),
}
"""A right → the source that needs it, with the verb and the resource that it names."""


@pytest.mark.parametrize("missing", [list(RIGHTS)[:2], list(RIGHTS)[2:]], ids=["two", "three"])
async def test_missing_rights_are_named_and_the_rest_works(
    tmp_path: Path, missing: list[tuple[str, str]]
) -> None:
    async with served(tmp_path) as cluster:
        for verb, resource in missing:
            cluster.server.context.access.deny(verb, resource)
        watched = await cluster.watch(40.0, interval=SELDOM_S)
        denied = {
            (e.source, e.verb, e.resource)
            for e in watched.of(ev.Source)
            if e.status == "denied" and e.source != "epp"  # which needs the same right as the pods
        }
        assert denied == {RIGHTS[right] for right in missing}
        lacking = {source for source, _, _ in denied}
        others = {e.source for e in watched.of(ev.Source) if e.status == "ok"}
        assert len(others - lacking) >= 4
        assert bool(watched.of(ev.Scrape)) == ("pods" not in lacking)
        assert bool(watched.of(ev.Log)) == ("log" not in lacking)


@pytest.mark.usefixtures("impatient")
async def test_a_pod_that_does_not_answer_is_a_miss_and_never_a_zero(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        cluster.fault("hang", "/proxy/metrics", times=2)
        cluster.fault("500", "/proxy/metrics", times=8)
        watched = await cluster.watch(60.0, interval=5.0)
        assert {miss.why for miss in watched.of(ev.ScrapeFailure)} == {"timeout", "error"}
        assert watched.of(ev.Scrape)
        assert all(s.kv is not None for s in watched.of(ev.Scrape))


async def test_a_second_round_opens_no_new_connection(tmp_path: Path) -> None:
    async with served(tmp_path) as cluster:
        opened: list[int] = []
        (runner, *_) = cluster.server._runners

        def count() -> None:
            assert runner.server is not None
            opened.append(len(runner.server.connections))

        for second in (10, 20, 30):
            cluster.at(second, count)
        await cluster.watch(35.0)
        assert opened[0] == opened[1] == opened[2]
