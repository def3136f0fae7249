"""Opening a log again: when, with which parameters, and the source's status meanwhile."""

import asyncio
from typing import Any, cast

import pytest

from tests.sources.fake_logs import FakeLogs, FakePod, stamp
from tests.sources.followed import Scene, following
from tests.sources.virtual import START, virtual_clock
from wvatui.core.events import Event, Gap, Log, Notice, Source
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.client import ApiError, Client
from wvatui.sources.log.controller_log import Controllers
from wvatui.sources.log.log_follower import LogFollower


def opened(scene: Scene, **query: str) -> list[float]:
    """The times, in seconds after the start, at which the log was opened with these parameters."""
    return [
        round(at - START, 3)
        for at, _, asked in scene.api.opened
        if all(asked.get(name) == value for name, value in query.items())
    ]


def healths(scene: Scene) -> list[tuple[str, str]]:
    return [(event.status, event.text) for event in scene.of(Source)]


DENIED = 'pods "ctl-a" is forbidden: User "u" cannot watch resource "pods/log" in API group ""'


@pytest.mark.parametrize(
    ("message", "right"), [(DENIED, ("watch", "pods/log")), ("no", ("get", "pods/log"))]
)
async def test_a_log_that_is_denied_is_asked_for_once_a_minute_and_names_the_right(
    message: str, right: tuple[str, str]
) -> None:
    async with following() as scene:
        scene.api.faults = [DeniedError(message)] * 2
        scene.at(1, scene.api.write, "ctl-a", "hello")
        await scene.until(59)
        denied = scene.of(Source)[-1]
        assert (denied.status, denied.text, denied.retry_at) == ("denied", message, START + 60)
        assert (denied.verb, denied.resource) == right
        await scene.until(150)
        assert opened(scene) == [0, 60, 120]
        assert (healths(scene)[-1], scene.lines) == (("ok", "following ctl-a"), scene.api.written)


@pytest.mark.parametrize("error", [None, ClusterError("reset"), ApiError("away", status=500)])
async def test_a_stream_that_lasted_five_seconds_is_opened_again_at_once_and_ends_the_waits(
    error: Exception | None,
) -> None:
    async with following(poll_s=0.5) as scene:
        for seconds in (4.5, 10.5, 12.5):
            scene.at(seconds, scene.api.end_streams, "ctl-a", error)
        await scene.until(30)
        assert opened(scene) == [0, 5.5, 10.5, 13.5]


async def test_a_stream_that_gave_a_line_begins_with_the_shortest_wait_again() -> None:
    async with following(poll_s=0.5) as scene:
        scene.api.faults = [FakeLogs.api_error(500, "away")] * 3
        scene.at(8, scene.api.write, "ctl-a", "hello")
        scene.at(9, scene.api.end_streams, "ctl-a")
        await scene.until(30)
        assert opened(scene) == [0, 1, 3, 7, 10]


async def test_a_server_that_asks_for_less_than_the_next_wait_does_not_shorten_it() -> None:
    async with following() as scene:
        scene.api.faults = [ApiError("slow down", status=429, retry_after_s=0.5)] * 2
        await scene.until(30)
        assert opened(scene) == [0, 1, 3]


async def test_silence_is_no_trouble_and_its_log_is_opened_again() -> None:
    async with following() as scene:
        scene.at(20, scene.api.end_streams, "ctl-a", TimeoutError())
        await scene.until(30)
        assert opened(scene) == [0, 20]
        assert healths(scene) == [("starting", ""), ("ok", "following ctl-a")]


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (ApiError("no such pod", status=404), ("waiting", "pod ctl-a is gone")),
        (ApiError("gone for good", status=410), ("retrying", "gone for good")),
        (ClusterError("the container is waiting to start"), None),
        (ClusterError("container manager: PodInitializing"), None),
        (ClusterError("connection refused"), ("retrying", "connection refused")),
    ],
)
async def test_what_is_in_the_way_is_said_in_the_servers_words(
    error: ClusterError, health: tuple[str, str] | None
) -> None:
    async with following() as scene:
        scene.api.faults = [error]
        await scene.until(0.5)
        assert healths(scene)[-1] == (health or ("waiting", error.message))
        assert scene.of(Source)[-1].retry_at == START + 1


async def test_a_pod_that_is_gone_is_waited_for() -> None:
    async with following() as scene:
        del scene.api.pods["ctl-a"]
        await scene.until(0.5)
        assert healths(scene)[-1] == ("waiting", "pod ctl-a is gone")
        assert opened(scene) == []


async def test_a_container_that_does_not_run_is_never_said_to_be_followed() -> None:
    async with following() as scene:
        scene.api.pods["ctl-a"].running = False
        await scene.until(20)
        words = "the container of ctl-a is not running"
        assert healths(scene) == [("starting", ""), *[("waiting", words)] * 5]
        assert opened(scene) == [0, 1, 3, 7, 15]


async def test_a_log_is_asked_for_with_stamps_from_a_whole_second_on() -> None:
    async with following(since_s=600) as scene:
        await scene.until(1)
        assert [query for _, _, query in scene.api.opened] == [
            {
                "timestamps": "true",
                "sinceTime": "2026-09-01T07:50:00Z",
                "container": "manager",
                "follow": "true",
            }
        ]


@pytest.mark.parametrize(("behind_s", "since"), [(300, "07:45"), (2, "07:50"), (9_999, "07:50")])
async def test_the_log_of_a_node_whose_clock_is_behind_is_asked_for_by_that_clock(
    behind_s: float, since: str
) -> None:
    async with following(since_s=600) as scene:
        known = Controllers("wva", ("ctl-a",), "ctl-a", renewed_at=START - behind_s)
        scene.controllers = known
        await scene.until(1)
        assert [query["sinceTime"][11:16] for _, _, query in scene.api.opened] == [since]


async def test_a_server_that_asks_which_container_is_told_at_once() -> None:
    async with following() as scene:
        scene.api.pods_denied = DeniedError("pods is forbidden")
        scene.api.pods["ctl-a"].containers = ("kube-rbac-proxy", "manager")
        await scene.until(20)
        assert opened(scene) == [0, 0]
        assert opened(scene, container="manager") == [0]


async def test_a_server_that_goes_on_asking_which_container_is_not_asked_in_a_hot_loop() -> None:
    async with following() as scene:
        asking = "a container name must be specified for pod ctl-a, choose one of: [proxy manager]"
        scene.api.faults = [FakeLogs.api_error(400, asking)] * 3
        await scene.until(20)
        assert opened(scene) == [0, 0, 1, 3]


async def test_a_follower_reads_on_until_it_is_retired_and_its_stream_ends() -> None:
    async with virtual_clock() as (clock, timeline):
        api, lines = FakeLogs(timeline, clock.now), list[Event]()
        api.pods["p"] = FakePod()
        follower = LogFollower(
            cast(Client, api),
            clock,
            "ns",
            "p",
            since=START,
            stream="controller",
            emit=lines.append,
            tell=lambda pod, health: None,
            idle_s=60.0,
        )
        assert follower.newest is None
        task = asyncio.create_task(follower.run())
        for second in (10, 20, 40):
            timeline.call_at(START + second - 1, lambda: api.write("p", "tick"))
            timeline.call_at(START + second, lambda: api.end_streams("p"))
        await clock.sleep(30)
        assert (len(lines), follower.newest) == (2, START + 19)
        follower.retire()
        await clock.sleep(5)
        assert not task.done()
        await clock.sleep(10)
        assert task.done()
        assert [event.line for event in lines if isinstance(event, Log)] == api.written


async def test_a_follower_that_is_employed_again_while_it_reads_the_rest_goes_on() -> None:
    async with following("ctl-a", "ctl-b", poll_s=0.5) as scene:
        for seconds, leader in ((10, "ctl-b"), (20, "ctl-a")):
            scene.at(seconds, setattr, scene, "controllers", Controllers("wva", (), leader))
        scene.at(19.9, scene.api.end_streams, "ctl-a")
        scene.at(25, scene.api.write, "ctl-a", "leads again")
        await scene.until(40)
        assert scene.lines == scene.api.written
        assert [query.get("follow") for _, pod, query in scene.api.opened if pod == "ctl-a"] == [
            "true",
            None,
            "true",
        ]


async def test_a_gap_is_told_also_while_the_pod_cannot_be_looked_at() -> None:
    async with following(poll_s=0.5) as scene:
        scene.at(1, scene.api.write, "ctl-a", "seen")
        scene.at(2, scene.api.pods["ctl-a"].log.clear)
        unreadable = b'{"items": 5}'
        scene.at(2, scene.api.before_stream.append, lambda: set_body(scene, unreadable))
        scene.at(2, scene.api.end_streams, "ctl-a")
        scene.at(6, scene.api.write, "ctl-a", "after")
        await scene.until(8)
        assert [(gap.at, gap.since, gap.until) for gap in scene.of(Gap)] == [
            (START + 6, START + 1, START + 6)
        ]
        assert scene.lines == scene.api.written


def set_body(scene: Scene, body: bytes) -> None:
    scene.api.pods_body = body


# --- the run before this one


def restarted(scene: Scene, at: float = 4.0) -> None:
    """The container writes, its stream breaks, it writes its last lines and restarts, in one
    second."""
    scene.at(at - 3, scene.api.write, "ctl-a", "one")
    scene.at(at, scene.api.end_streams, "ctl-a", ClusterError("reset"))
    scene.at(at + 0.1, scene.api.write, "ctl-a", "last words")
    scene.at(at + 0.2, scene.api.restart, "ctl-a")
    scene.at(at + 0.3, scene.api.write, "ctl-a", "up")


async def test_a_restart_that_only_the_stream_shows_is_read_at_once() -> None:
    async with following(poll_s=0.5) as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")

        def restart() -> None:
            scene.api.restart("ctl-a")
            scene.api.write("ctl-a", "up", at=scene.clock.now() + 0.5)

        scene.at(8, scene.api.before_stream.append, restart)
        scene.at(8, scene.api.end_streams, "ctl-a")
        await scene.until(30)
        assert opened(scene) == [0, 8, 8, 8]
        assert scene.lines == scene.api.written


async def test_the_log_of_the_run_before_is_tried_three_times_and_then_given_up() -> None:
    async with following() as scene:
        restarted(scene)
        scene.api.cuts = [60] * 9
        await scene.until(60)
        assert len(opened(scene, previous="true")) == 3
        assert len(scene.of(Gap)) == 1


async def test_the_run_before_the_first_look_is_tried_three_times_as_well() -> None:
    async with following(since_s=600) as scene:
        scene.api.write("ctl-a", "before", at=START - 60)
        scene.api.restart("ctl-a")
        scene.api.write("ctl-a", "up")
        scene.api.cuts = [35] * 9
        await scene.until(60)
        assert opened(scene, previous="true") == [0, 1, 3]
        assert scene.lines == scene.api.written[1:]


async def test_each_run_has_tries_of_its_own() -> None:
    async with following() as scene:
        restarted(scene)
        restarted(scene, 44)
        scene.api.cuts = [40, 40, 100_000, 40, 40]
        await scene.until(100)
        assert len(opened(scene, previous="true")) == 6
        assert scene.lines == scene.api.written
        assert scene.of(Gap) == []


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (404, 1), (500, 3)])
async def test_a_run_whose_log_is_gone_is_not_asked_for_again(status: int, tries: int) -> None:
    async with following() as scene:
        restarted(scene)
        scene.at(4.2, scene.api.faults.extend, [FakeLogs.api_error(status, "no")] * tries)
        await scene.until(60)
        assert len(opened(scene, previous="true")) == tries
        assert [(gap.since, gap.until) for gap in scene.of(Gap)] == [(START + 1, START + 4.3)]
        assert [notice.code for notice in scene.of(Notice)] == ["restart"]


async def test_a_run_whose_log_is_denied_is_asked_for_until_it_is_allowed() -> None:
    async with following() as scene:
        restarted(scene)
        scene.at(4.2, scene.api.faults.append, DeniedError("no"))
        await scene.until(90)
        assert scene.lines == scene.api.written
        assert scene.of(Gap) == []


async def test_a_log_that_is_not_followed_is_read_up_to_64_mib(monkeypatch: Any) -> None:
    limits: list[Any] = []
    read = FakeLogs.get_bytes

    async def noted(api: FakeLogs, path: str, **more: Any) -> Any:
        if "/log?" in path:
            limits.append(more)
        return await read(api, path, **more)

    monkeypatch.setattr(FakeLogs, "get_bytes", noted)
    async with following() as scene:
        restarted(scene)
        await scene.until(20)
        assert limits == [{"limit_bytes": 67_108_864}]


async def test_a_restart_is_told_with_its_reason_where_it_has_one() -> None:
    async with following() as scene:
        scene.at(1, scene.api.restart, "ctl-a")
        scene.at(1.5, setattr, scene.api.pods["ctl-a"], "ended_at", "")
        scene.at(20, scene.api.restart, "ctl-a")
        await scene.until(40)
        notices = scene.of(Notice)
        assert [notice.text for notice in notices] == [
            "controller restarted: ctl-a",
            "controller restarted (OOMKilled): ctl-a",
        ]
        assert {notice.source for notice in notices} == {"log"}


async def test_a_run_that_ended_just_when_the_wanted_history_begins_is_part_of_it() -> None:
    async with following(since_s=600) as scene:
        scene.api.write("ctl-a", "before", at=START - 600)
        scene.api.restart("ctl-a")
        scene.api.pods["ctl-a"].ended_at = stamp(START - 600)
        await scene.until(5)
        assert [event.line for event in scene.of(Log)] == scene.api.written
