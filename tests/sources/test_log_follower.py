"""Following one controller pod's log through all interruptions: no line lost, none twice."""

import random
from typing import cast

import pytest

from tests.sources.fake_logs import FakeLogs, FakePod, stamp
from tests.sources.followed import chatter, following
from tests.sources.virtual import START, running, virtual_clock
from wvatui.core.events import Gap, Log, Notice, Source
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.client import ApiError, Client
from wvatui.sources.log import log_follower
from wvatui.sources.log.container import Container
from wvatui.sources.log.controller_log import ControllerLog, Controllers


async def test_history_comes_first_and_then_what_is_written() -> None:
    async with following(since_s=600) as scene:
        scene.api.write("ctl-a", "too old", at=START - 700)
        scene.api.write("ctl-a", "decision", at=START - 60)
        scene.at(5, scene.api.write, "ctl-a", "another")
        await scene.until(10)
        assert scene.lines == scene.api.written[1:]
        assert all(event.pod == "ctl-a" for event in scene.of(Log))
        assert scene.source.ready.is_set()
        assert [event.status for event in scene.of(Source)] == ["starting", "ok"]
        assert scene.of(Gap) == []


@pytest.mark.parametrize("error", [None, ClusterError("connection reset"), TimeoutError()])
async def test_a_stream_that_ends_is_opened_again_without_a_line_lost_or_doubled(
    error: Exception | None,
) -> None:
    async with following() as scene:
        chatter(scene, "ctl-a", 0, 100)
        for seconds in (10.0, 10.25, 33.3, 34.0, 60.25, 60.5, 90.0):
            scene.at(seconds, scene.api.end_streams, "ctl-a", error)
        await scene.until(110)
        assert scene.lines == scene.api.written
        assert len(scene.lines) == 134
        assert scene.of(Gap) == []
        assert scene.of(Source)[-1].status == "ok"
        assert len(scene.api.opened) >= 6


async def test_a_stream_that_ends_in_the_middle_of_a_line_and_of_a_character_loses_nothing() -> (
    None
):
    async with following() as scene:
        scene.api.chunk = 7
        for second in range(20):
            scene.at(second, scene.api.write, "ctl-a", f"größe → {second} ✓")

        def cut() -> None:
            for queue in scene.api.pods["ctl-a"].streams:
                queue.put_nowait(stamp(scene.api.timeline.now).encode() + b" gr\xc3")
            scene.api.end_streams("ctl-a")

        scene.at(7.5, cut)
        await scene.until(30)
        assert scene.lines == scene.api.written


async def test_a_line_of_two_megabytes_is_cut_and_survives_a_reconnect() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "x" * 2_000_000)
        scene.at(2, scene.api.end_streams, "ctl-a")
        scene.at(3, scene.api.write, "ctl-a", "after")
        await scene.until(10)
        logs = scene.of(Log)
        assert len(logs) == 2
        assert logs[0].cut + len(logs[0].line) == len(scene.api.written[0])
        assert logs[1].line.endswith("after")


async def test_a_rotated_log_is_a_gap_and_a_gap_is_told_once() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "seen")
        scene.at(2, scene.api.end_streams, "ctl-a")
        scene.at(2, scene.api.pods["ctl-a"].log.clear)
        scene.at(6, scene.api.write, "ctl-a", "after")
        scene.at(7, scene.api.write, "ctl-a", "more")
        await scene.until(20)
        assert scene.lines == scene.api.written
        (gap,) = scene.of(Gap)
        assert (gap.source, gap.since, gap.until) == ("log", START + 1, START + 6)


async def test_a_restart_reads_the_previous_log_once_and_says_so() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")
        scene.at(4, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        scene.at(4.1, scene.api.write, "ctl-a", "last words")
        scene.at(4.2, scene.api.restart, "ctl-a")
        scene.at(4.3, scene.api.write, "ctl-a", "Logger initialized")
        scene.at(9, scene.api.end_streams, "ctl-a")
        scene.at(9.5, scene.api.write, "ctl-a", "after")
        await scene.until(30)
        assert scene.lines == scene.api.written
        (notice,) = scene.of(Notice)
        assert notice.code == "restart"
        assert "controller restarted (OOMKilled)" in notice.text
        order = [
            e.line[-5:] if isinstance(e, Log) else e.code
            for e in scene.events
            if isinstance(e, Log | Notice)
        ]
        assert order == ["Z one", "words", "restart", "lized", "after"]
        assert len([query for _, _, query in scene.api.opened if "previous" in query]) == 1
        assert scene.of(Gap) == []


async def test_a_restart_between_looking_and_opening_is_no_gap() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")
        scene.at(8, scene.api.write, "ctl-a", "last words")

        def restart() -> None:
            scene.api.restart("ctl-a")
            scene.api.write("ctl-a", "Logger initialized", at=scene.clock.now() + 0.5)

        def cut() -> None:
            scene.api.before_stream.append(restart)
            scene.api.end_streams("ctl-a", ClusterError("reset"))

        scene.at(7, cut)
        await scene.until(30)
        assert scene.lines == scene.api.written
        assert [notice.code for notice in scene.of(Notice)] == ["restart"]
        assert scene.of(Gap) == []


async def test_a_previous_log_that_was_cut_within_a_line_is_read_again() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")
        scene.at(4, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        scene.at(4.1, scene.api.write, "ctl-a", "last words")
        scene.at(4.2, scene.api.restart, "ctl-a")
        scene.at(4.3, scene.api.write, "ctl-a", "up")
        scene.api.cuts = [60]
        await scene.until(30)
        assert scene.lines == scene.api.written
        assert scene.of(Gap) == []


async def test_a_previous_log_always_cut_within_a_line_is_a_gap_from_there() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")
        scene.at(4, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        scene.at(4.1, scene.api.write, "ctl-a", "last words")
        scene.at(4.2, scene.api.restart, "ctl-a")
        scene.at(4.3, scene.api.write, "ctl-a", "up")
        scene.api.cuts = [60] * 9
        await scene.until(60)
        assert scene.lines == [scene.api.written[0], scene.api.written[2]]
        assert [(gap.since, gap.until) for gap in scene.of(Gap)] == [(START + 1, START + 4.3)]


async def test_a_restart_whose_previous_log_is_gone_is_a_gap() -> None:
    async with following() as scene:
        scene.at(1, scene.api.write, "ctl-a", "one")
        scene.at(4, scene.api.restart, "ctl-a")
        scene.at(4, setattr, scene.api.pods["ctl-a"], "previous", None)
        scene.at(4.3, scene.api.write, "ctl-a", "up")
        await scene.until(30)
        assert scene.lines == scene.api.written
        assert [(gap.since, gap.until) for gap in scene.of(Gap)] == [(START + 1, START + 4.3)]
        assert [notice.code for notice in scene.of(Notice)] == ["restart"]


async def test_a_restart_just_before_the_watch_began_is_part_of_the_history() -> None:
    async with virtual_clock() as (clock, timeline):
        api = FakeLogs(timeline, clock.now)
        api.pods["ctl-a"] = FakePod()
        api.write("ctl-a", "before", at=START - 100)
        api.restart("ctl-a")
        api.pods["ctl-a"].ended_at = stamp(START - 90)
        api.write("ctl-a", "after", at=START - 80)
        source = ControllerLog(cast(Client, api), clock, lambda: Controllers("w", (), "ctl-a"))
        async with running(source.run) as events:
            await clock.sleep(5)
        assert [e.line for e in events if isinstance(e, Log)] == api.written


@pytest.mark.parametrize("status", [404, 410, 429, 500])
async def test_a_refusal_is_waited_out_with_growing_pauses(status: int) -> None:
    async with following() as scene:
        scene.api.faults = [FakeLogs.api_error(status, f"the server said {status}")] * 4
        scene.at(1, scene.api.write, "ctl-a", "hello")
        await scene.until(60)
        times = [at - START for at, _, _ in scene.api.opened]
        assert times == [0, 1, 3, 7, 15]
        assert scene.of(Source)[1].status in ("retrying", "waiting")
        assert scene.of(Source)[1].retry_at == START + 1
        assert scene.lines == scene.api.written


async def test_a_server_that_says_when_to_come_back_is_obeyed() -> None:
    async with following() as scene:
        scene.api.faults = [ApiError("slow down", status=429, retry_after_s=17.0)]
        scene.at(1, scene.api.write, "ctl-a", "hello")
        await scene.until(30)
        assert [at - START for at, _, _ in scene.api.opened] == [0, 17]
        assert scene.lines == scene.api.written


async def test_a_container_that_has_not_started_is_waited_for() -> None:
    async with following() as scene:
        words = 'container "manager" in pod "ctl-a" is waiting to start: ContainerCreating'
        scene.api.faults = [ApiError(words, status=400, reason="BadRequest")]
        await scene.until(0.5)
        told = scene.of(Source)[-1]
        assert (told.status, told.text) == ("waiting", words)


async def test_a_description_that_cannot_be_read_is_an_error_and_not_the_end() -> None:
    async with following() as scene:
        scene.api.pods_body = b'{"items": [{"metadata": 5}]}'
        scene.at(1, scene.api.write, "ctl-a", "hello")
        scene.at(10, setattr, scene.api, "pods_body", None)
        await scene.until(5)
        assert scene.of(Source)[-1].status == "retrying"
        await scene.until(30)
        assert scene.lines == scene.api.written


async def test_carriage_returns_empty_lines_and_odd_separators_stay_inside_their_lines() -> None:
    async with following() as scene:
        for text in ("windows\r", "", "next\u2028line\x85and\x0cpage", "tab\t"):
            scene.at(1, scene.api.write, "ctl-a", text)
        scene.at(2, scene.api.end_streams, "ctl-a")
        await scene.until(10)
        wanted = [line.removesuffix("\r") for line in scene.api.written]
        assert scene.lines == wanted
        assert len(scene.lines) == 4


async def test_a_stream_that_never_lasts_is_not_reopened_in_a_hot_loop() -> None:
    async with following() as scene:
        for seconds in range(120):
            scene.at(seconds + 0.01, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        await scene.until(120)
        assert len(scene.api.opened) < 30
        assert scene.of(Gap) == []


async def test_any_series_of_cuts_and_restarts_loses_and_doubles_nothing() -> None:
    for seed in range(15):
        rng = random.Random(seed)
        async with following(idle_s=20.0) as scene:
            scene.api.chunk = rng.choice([0, 3, 50])
            moments = sorted(rng.uniform(0, 200) for _ in range(120))
            for moment in moments:
                scene.at(moment, scene.api.write, "ctl-a", rng.choice(["tick", "töck", "x" * 90]))
            last = 0.0
            for moment in sorted(rng.uniform(5, 190) for _ in range(8)):
                what = rng.choice(["eof", "reset", "idle", "restart"])
                if what == "restart":
                    if moment - last < 35:
                        continue  # a log that was not read before the next restart is lost
                    last = moment
                    scene.at(moment, scene.api.restart, "ctl-a")
                else:
                    error = {"eof": None, "reset": ClusterError("reset"), "idle": TimeoutError()}
                    scene.at(moment, scene.api.end_streams, "ctl-a", error[what])
            await scene.until(300)
            assert scene.lines == scene.api.written, seed
            assert scene.of(Gap) == [], seed


async def test_pods_that_cannot_be_listed_do_not_stop_the_log() -> None:
    async with following() as scene:
        scene.api.pods_denied = DeniedError("pods is forbidden")
        scene.api.pods["ctl-a"].containers = ("kube-rbac-proxy", "manager")
        scene.at(5, scene.api.write, "ctl-a", "hello")
        await scene.until(10)
        assert scene.lines == scene.api.written
        assert scene.api.opened[-1][2]["container"] == "manager"


async def test_the_annotated_container_is_the_one_that_is_read() -> None:
    async with following() as scene:
        pod = scene.api.pods["ctl-a"]
        pod.containers, pod.annotations = (
            ("proxy", "controller"),
            {"kubectl.kubernetes.io/default-container": "controller"},
        )
        await scene.until(3)
        assert scene.api.opened[-1][2]["container"] == "controller"


async def test_an_annotation_that_names_no_container_of_the_pod_is_passed_over() -> None:
    async with following(container="elsewhere") as scene:
        pod = scene.api.pods["ctl-a"]
        pod.containers = ("proxy", "manager")
        pod.annotations = {"kubectl.kubernetes.io/default-container": "gone"}
        await scene.until(3)
        assert scene.api.opened[-1][2]["container"] == "manager"


async def test_a_container_that_is_not_running_is_waited_for_without_a_hot_loop() -> None:
    async with following() as scene:
        scene.api.write("ctl-a", "bye", at=START - 10)
        scene.api.pods["ctl-a"].running = False
        await scene.until(300)
        assert scene.lines == scene.api.written
        assert len(scene.api.opened) < 20
        assert scene.of(Source)[-1].status == "waiting"


async def test_a_server_that_is_away_for_long_is_asked_twice_a_minute_and_soon_when_back() -> None:
    async with following() as scene:
        scene.api.faults = [FakeLogs.api_error(500, "away")] * 8
        scene.at(130, scene.api.write, "ctl-a", "hello")
        scene.at(140, scene.api.faults.extend, [FakeLogs.api_error(500, "away")] * 2)
        scene.at(141, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        await scene.until(200)
        times = [at - START for at, _, _ in scene.api.opened]
        assert times[:9] == [0, 1, 3, 7, 15, 31, 61, 91, 121]
        assert [at - times[9] for at in times[9:]] == [0, 1, 3]
        assert scene.lines == scene.api.written


@pytest.mark.parametrize(
    ("found", "another"),
    [
        (Container(uid="a", restarts=1), False),
        (Container(uid="a", restarts=2), True),
        (Container(uid="b", restarts=0), True),
        (Container(uid="b", restarts=None), False),
    ],
)
async def test_another_uid_or_more_restarts_is_another_run(found: Container, another: bool) -> None:
    known = Container(uid="a", restarts=1)
    assert log_follower.differs(known, found) is another
    assert log_follower.differs(Container(uid="b", restarts=None), found) is False


@pytest.mark.parametrize(("ended", "lines"), [(-600, 2), (-601, 1)])
async def test_the_previous_log_is_read_where_it_ended_within_what_is_wanted(
    ended: int, lines: int
) -> None:
    async with following(since_s=600) as scene:
        scene.api.write("ctl-a", "before", at=START - 599)
        scene.api.restart("ctl-a")
        scene.api.pods["ctl-a"].ended_at = stamp(START + ended)
        scene.api.write("ctl-a", "after", at=START - 80)
        await scene.until(5)
        assert len(scene.lines) == lines
