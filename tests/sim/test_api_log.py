"""Container logs over HTTP."""

from typing import Any

import pytest

from tests.sim.small import NS, START, Asked, asked, reading

LOG = f"/api/v1/namespaces/{NS}/pods/a/log"


def ten_lines(here: Asked, *containers: str) -> None:
    """Let containers print a line per second, with line 0 at the start."""
    here.cluster.pod("a", *containers)
    for number in range(10):
        here.cluster.timeline.run_until(START + number)
        here.cluster.says("a", f"line {number}")


async def text(here: Asked, **params: Any) -> list[str]:
    answer = await here.http.get(LOG, params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.text.splitlines()


def lines(first: int, last: int = 9) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


async def test_a_log_is_whole_or_from_a_time_or_its_last_lines() -> None:
    async with asked() as here:
        ten_lines(here)
        assert await text(here) == lines(0)
        assert await text(here, tailLines=3) == lines(7)
        assert await text(here, tailLines=0) == []
        assert await text(here, sinceTime="2026-09-01T08:00:06Z") == lines(6)
        assert await text(here, sinceTime="2026-09-01T08:00:06.5Z") == lines(7)
        assert await text(here, sinceSeconds=2) == lines(7)
        assert await text(here, sinceSeconds=5, tailLines=2) == lines(8)
        assert await text(here, limitBytes=10) == ["line 0", "lin"]
        stamped = await text(here, timestamps="true", tailLines=1)
        assert stamped == ["2026-09-01T08:00:09.000000000Z line 9"]


async def test_a_followed_log_goes_on_and_is_flushed_before_time_goes_on() -> None:
    async with asked() as here:
        ten_lines(here)
        driver = await here.driver()
        for number in (10, 11):
            here.cluster.timeline.call_at(
                START + number, lambda number=number: here.cluster.says("a", f"line {number}")
            )
        async with reading(here, LOG, follow="true", tailLines="1") as log:
            assert await log.lines(1) == ["line 9"]
            moved = await here.advance(driver, START + 12)
            assert await log.lines(2) == ["line 10", "line 11"]
            name = log.answer.headers["x-wvatui-stream"]
            assert moved["streams"] == {name: log.taken} == {name: 7 + 2 * 8}


async def test_a_restart_ends_the_followed_log_and_keeps_the_one_before() -> None:
    async with asked() as here:
        ten_lines(here)
        async with reading(here, LOG, follow="true") as log:
            assert await log.lines(10) == lines(0)
            await here.http.post(
                "/wvatui/mishaps",
                json={"what": "restart", "namespace": NS, "pod": "a", "container": "vllm"},
            )
            assert await log.line() is None
        here.cluster.says("a", "up again")
        assert await text(here) == ["up again"]
        assert await text(here, previous="true") == lines(0)
        pod = await here.json(f"/api/v1/namespaces/{NS}/pods/a")
        (status,) = pod["status"]["containerStatuses"]
        assert status["restartCount"] == 1
        assert status["lastState"]["terminated"]["exitCode"] == 1


async def test_bytes_that_are_no_text_come_as_they_were_written() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        raw = b"gr\xc3\xb6\xc3\x9fe \xff\x00\x1b[2J \xe2\x80\xa8 end"
        here.cluster.says("a", raw.decode("utf-8", "surrogateescape"))
        assert (await here.http.get(LOG)).content == raw + b"\n"


async def test_a_line_of_two_megabytes_is_one_line() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        asked_for = {"what": "long-line", "namespace": NS, "pod": "a", "container": "vllm"}
        await here.http.post("/wvatui/mishaps", json=asked_for)
        body = (await here.http.get(LOG)).content
        assert len(body) == 2_000_001
        assert body.count(b"\n") == 1


@pytest.mark.parametrize(
    ("containers", "state", "params", "said"),
    [
        (
            ("manager", "proxy"),
            "running",
            {},
            "a container name must be specified for pod a, choose one of: [manager proxy]",
        ),
        (("vllm",), "running", {"container": "nope"}, "container nope is not valid for pod a"),
        (
            ("vllm",),
            "running",
            {"previous": "true"},
            'previous terminated container "vllm" in pod "a" not found',
        ),
        (
            ("vllm",),
            "waiting",
            {},
            'container "vllm" in pod "a" is waiting to start: ContainerCreating',
        ),
        (("vllm",), "running", {"tailLines": "few"}, 'parsing "few": invalid syntax'),
        (("vllm",), "running", {"limitBytes": "few"}, 'parsing "few": invalid syntax'),
        (("vllm",), "running", {"sinceTime": "yesterday"}, "invalid time: yesterday"),
    ],
)
async def test_a_log_that_cannot_be_had_is_refused_in_the_servers_words(
    containers: tuple[str, ...], state: str, params: dict[str, str], said: str
) -> None:
    async with asked() as here:
        states = {
            "running": {"running": {"startedAt": "2026-09-01T08:00:00Z"}},
            "waiting": {"waiting": {"reason": "ContainerCreating"}},
        }
        here.cluster.pod("a", *containers, state=states[state])
        code, reason, message = await here.refused(LOG, **params)
        assert (code, reason) == (400, "BadRequest")
        assert said in message


async def test_a_pod_without_a_node_has_no_log() -> None:
    async with asked() as here:
        here.cluster.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "a", "namespace": NS},
                "spec": {"containers": [{"name": "vllm"}]},
                "status": {"phase": "Pending"},
            }
        )
        assert await here.refused(LOG) == (
            400,
            "BadRequest",
            "pod a does not have a host assigned",
        )


async def test_a_number_that_cannot_be_is_invalid() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        assert (await here.refused(LOG, tailLines="-1"))[:2] == (422, "Invalid")
        assert (await here.refused(LOG, limitBytes="0"))[:2] == (422, "Invalid")
