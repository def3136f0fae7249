"""The log of the controller's leader is followed through every change of leader."""

import pytest

from tests.sources.followed import chatter, following
from tests.sources.virtual import START
from wvatui.core.events import Gap, Log, Notice, Source
from wvatui.core.kube_object import holder_pod
from wvatui.errors import ClusterError, DeniedError
from wvatui.sources.log.controller_log import Controllers


async def test_a_new_leader_is_followed_within_one_poll_and_no_line_is_lost_or_doubled() -> None:
    async with following("ctl-a", "ctl-b", poll_s=2.0) as scene:
        scene.api.write("ctl-b", "attempting to acquire leader lease", at=START - 300)
        chatter(scene, "ctl-a", 0, 31)
        chatter(scene, "ctl-b", 30, 60)
        moved = Controllers("wva", ("ctl-a", "ctl-b"), "ctl-b")
        scene.at(30.5, setattr, scene, "controllers", moved)
        await scene.until(32.4)
        assert any(pod == "ctl-b" for _, pod, _ in scene.api.opened)
        await scene.until(70)
        wanted = [line for line in scene.api.written if "attempting" not in line]
        assert sorted(scene.lines) == sorted(wanted)
        (notice,) = scene.of(Notice)
        assert notice.code == "leader-change"
        assert notice.at <= START + 32.5
        assert scene.of(Gap) == []


async def test_a_leader_that_lost_is_read_on_for_a_minute_and_then_no_more() -> None:
    async with following("ctl-a", "ctl-b") as scene:
        scene.at(10, setattr, scene, "controllers", Controllers("wva", (), "ctl-b"))
        scene.at(40, scene.api.write, "ctl-a", "shutting down")
        scene.at(80, scene.api.write, "ctl-a", "standing by")
        await scene.until(100)
        assert [event.line[31:] for event in scene.of(Log)] == ["shutting down"]


async def test_a_log_of_a_leader_that_lost_is_not_followed_again_when_it_ends() -> None:
    async with following("ctl-a", "ctl-b") as scene:
        scene.at(10, setattr, scene, "controllers", Controllers("wva", (), "ctl-b"))
        scene.at(20, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        scene.at(20, scene.api.write, "ctl-a", "last words")
        scene.at(30, scene.api.write, "ctl-a", "standing by")
        await scene.until(100)
        assert [event.line[31:] for event in scene.of(Log)] == ["last words"]
        opened = [query.get("follow") for _, pod, query in scene.api.opened if pod == "ctl-a"]
        assert opened == ["true", None]


async def test_the_last_words_of_a_leader_that_ended_are_read_from_its_previous_log() -> None:
    async with following("ctl-a", "ctl-b") as scene:
        scene.at(1, scene.api.write, "ctl-a", "leading")
        scene.at(5, scene.api.end_streams, "ctl-a", ClusterError("reset"))
        scene.at(5.1, scene.api.write, "ctl-a", "leader election lost")
        scene.at(5.2, scene.api.restart, "ctl-a", "Error")
        scene.at(5.2, setattr, scene, "controllers", Controllers("wva", (), "ctl-b"))
        scene.at(5.5, scene.api.write, "ctl-b", "successfully acquired lease")
        await scene.until(100)
        assert sorted(scene.lines) == sorted(scene.api.written)


async def test_a_leader_that_comes_back_is_taken_up_where_it_was_left() -> None:
    async with following("ctl-a", "ctl-b") as scene:
        for seconds, leader in ((10, "ctl-b"), (100, "ctl-a"), (110, "ctl-b"), (112, "ctl-a")):
            scene.at(seconds, setattr, scene, "controllers", Controllers("wva", (), leader))
        chatter(scene, "ctl-a", 0, 9)
        chatter(scene, "ctl-a", 101, 140)
        await scene.until(150)
        assert scene.lines == scene.api.written
        assert scene.of(Gap) == []


async def test_without_a_lease_every_controller_pod_is_followed_and_each_line_names_its_pod() -> (
    None
):
    async with following("ctl-a", "ctl-b", holder="") as scene:
        scene.at(1, scene.api.write, "ctl-a", "standby")
        scene.at(2, scene.api.write, "ctl-b", "leading")
        await scene.until(5)
        assert [(e.pod, e.line[-7:]) for e in scene.of(Log)] == [
            ("ctl-a", "standby"),
            ("ctl-b", "leading"),
        ]


async def test_no_controller_is_said_and_does_not_hold_up_the_rest() -> None:
    async with following(holder="") as scene:
        scene.controllers = Controllers()
        await scene.until(3)
        assert scene.source.ready.is_set()
        assert scene.of(Source)[-1].status == "waiting"


async def test_a_missing_right_is_named_and_tried_again_rarely() -> None:
    async with following() as scene:
        words = 'pods "ctl-a" is forbidden: User "v" cannot get resource "pods/log"'
        scene.api.faults = [DeniedError(words), DeniedError(words)]
        scene.at(5, scene.api.write, "ctl-a", "hello")
        await scene.until(50)
        denied = scene.of(Source)[-1]
        assert (denied.status, denied.verb, denied.resource) == ("denied", "get", "pods/log")
        assert denied.retry_at == START + 60
        assert len(scene.api.opened) == 1
        await scene.until(130)
        assert scene.lines == scene.api.written
        assert scene.of(Source)[-1].status == "ok"


def test_a_holder_identity_names_its_pod() -> None:
    assert holder_pod("wva-controller-7d9_6a3f-11") == "wva-controller-7d9"
    assert holder_pod("a_b_6a3f-11") == "a_b"
    assert holder_pod("plain") == "plain"
    assert holder_pod("") == ""


async def test_all_controllers_are_followed_where_the_lease_names_none_of_them() -> None:
    async with following("ctl-a", "ctl-b", holder="gpu-node-7") as scene:
        scene.at(3, scene.api.write, "ctl-a", "standing by")
        scene.at(4, scene.api.write, "ctl-b", "decided")
        await scene.until(10)
        assert sorted(event.pod for event in scene.of(Log)) == ["ctl-a", "ctl-b"]
        assert scene.of(Source)[-1].status == "ok"


@pytest.mark.parametrize(
    ("acquired_at", "former"),
    [(START - 120, True), (START - 700, False), (None, False)],
    ids=["within the history", "long ago", "not known"],
)
async def test_where_the_lead_changed_shortly_before_the_former_leaders_log_is_read_first(
    acquired_at: float | None, former: bool
) -> None:
    async with following("ctl-a", "ctl-b") as scene:
        scene.controllers = Controllers("wva", ("ctl-a", "ctl-b"), "ctl-b", acquired_at)
        scene.api.write("ctl-a", "decided", at=START - 300)
        scene.api.write("ctl-a", "decided again", at=START - 130)
        scene.api.write("ctl-b", "acquired", at=START - 119)
        scene.at(10, scene.api.write, "ctl-a", "standing by")
        scene.at(20, scene.api.write, "ctl-b", "decided too")
        await scene.until(30)
        said = [event.line[31:] for event in scene.of(Log)]
        assert said == (["decided", "decided again"] * former + ["acquired", "decided too"])
        assert scene.of(Notice) == []
        assert {event.text for event in scene.of(Source)} <= {"", "following ctl-b"}


async def test_a_former_leaders_log_that_cannot_be_read_keeps_nothing_back() -> None:
    async with following("ctl-a", "ctl-b") as scene:
        scene.controllers = Controllers("wva", ("ctl-gone", "ctl-b"), "ctl-b", START - 60)
        scene.api.write("ctl-b", "acquired", at=START - 59)
        await scene.until(20)
        assert [event.line[31:] for event in scene.of(Log)] == ["acquired"]
        assert scene.of(Source)[-1].status == "ok"
